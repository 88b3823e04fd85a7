import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findCustomer } from "../api/call";
import { cardError, invalidParam, noSuch } from "../api/errors";
import { listOf } from "../api/lists";
import { billingDetails, integer, mergeMetadata, metadata, methodData, paging, text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { assertUsable, attachMethod, cardOf, declineOnSaving, traitsOf } from "../engine/method-rules";
import { createMethod, resolveMethod } from "../engine/methods";
import { billingFrom } from "../objects/addresses";

const nothing = z.strictObject({});
const attachSchema = z.strictObject({ customer: text });
const kindSchema = { type: z.literal("card").optional() };
const listSchema = z.strictObject({ ...paging, ...kindSchema, customer: text.optional() });
const ofCustomerSchema = z.strictObject({ ...paging, ...kindSchema });
const updateSchema = z.strictObject({
  allow_redisplay: z.enum(["always", "limited", "unspecified"]).optional(),
  billing_details: billingDetails.optional(),
  card: z.strictObject({ exp_month: integer.optional(), exp_year: integer.optional() }).optional(),
  metadata: metadata.optional(),
});

function inPath(call: Call): Stripe.PaymentMethod {
  return resolveMethod(call, call.path["id"] ?? "", "payment_method");
}

function create(call: Call): Stripe.PaymentMethod {
  return createMethod(call, parseParams(methodData, call.params));
}

function retrieve(call: Call): Stripe.PaymentMethod {
  parseParams(nothing, call.params);
  return inPath(call);
}

/** Changes the expiry date or the holder's data of a saved card. */
function update(call: Call): Stripe.PaymentMethod {
  const input = parseParams(updateSchema, call.params);
  const method = inPath(call);
  if (method.customer === null) {
    const message = "You must save this PaymentMethod to a customer before you can update it.";
    throw invalidParam("payment_method", message);
  }
  const { allow_redisplay, billing_details, card, metadata: labels } = input;
  if (allow_redisplay !== undefined) method.allow_redisplay = allow_redisplay;
  if (billing_details !== undefined)
    method.billing_details = billingFrom(billing_details, method.billing_details);
  if (card && method.card) Object.assign(method.card, card);
  method.metadata = mergeMetadata(method.metadata ?? {}, labels);
  call.emit("payment_method.updated", method);
  return method;
}

function attach(call: Call): Stripe.PaymentMethod {
  const { customer: id } = parseParams(attachSchema, call.params);
  const customer = findCustomer(call, id);
  const method = inPath(call);
  assertUsable(call, method, customer.id);
  const decline = declineOnSaving(cardOf(call, method));
  if (decline) throw cardError(decline);
  attachMethod(call, method, customer.id);
  return method;
}

/** As with Stripe, a detached method can never be used again. */
function detach(call: Call): Stripe.PaymentMethod {
  parseParams(nothing, call.params);
  const method = inPath(call);
  if (method.customer === null) {
    const message =
      "The payment method you provided is not attached to a customer so detachment is impossible.";
    throw invalidParam("payment_method", message);
  }
  const previous = { customer: method.customer };
  method.customer = null;
  traitsOf(call, method).spent = true;
  call.emit("payment_method.detached", method, previous);
  return method;
}

function list(call: Call): object {
  const { customer, type: _type, ...page } = parseParams(listSchema, call.params);
  const matches = (method: Stripe.PaymentMethod): boolean =>
    customer === undefined ? method.customer !== null : method.customer === customer;
  return listOf(call, "payment_methods", page, matches, "/v1/payment_methods");
}

function listOfCustomer(call: Call): object {
  const { type: _type, ...page } = parseParams(ofCustomerSchema, call.params);
  const customer = findCustomer(call, call.path["id"] ?? "");
  const url = `/v1/customers/${customer.id}/payment_methods`;
  return listOf(call, "payment_methods", page, (method) => method.customer === customer.id, url);
}

function retrieveOfCustomer(call: Call): Stripe.PaymentMethod {
  parseParams(nothing, call.params);
  const customer = findCustomer(call, call.path["id"] ?? "");
  const id = call.path["method"] ?? "";
  const method = resolveMethod(call, id);
  if (method.customer !== customer.id) throw noSuch("PaymentMethod", id);
  return method;
}

export const paymentMethodRoutes: Route[] = [
  { method: "POST", path: "/v1/payment_methods", handler: create },
  { method: "GET", path: "/v1/payment_methods", handler: list },
  { method: "GET", path: "/v1/payment_methods/:id", handler: retrieve },
  { method: "POST", path: "/v1/payment_methods/:id", handler: update },
  { method: "POST", path: "/v1/payment_methods/:id/attach", handler: attach },
  { method: "POST", path: "/v1/payment_methods/:id/detach", handler: detach },
  { method: "GET", path: "/v1/customers/:id/payment_methods", handler: listOfCustomer },
  { method: "GET", path: "/v1/customers/:id/payment_methods/:method", handler: retrieveOfCustomer },
];
