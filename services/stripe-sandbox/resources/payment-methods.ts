import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findCustomer } from "../api/call";
import { invalidParam } from "../api/errors";
import { listOf } from "../api/lists";
import { methodData, paging, parseParams, text } from "../api/params";
import {
  assertUsable,
  attachMethod,
  cardError,
  cardOf,
  createMethod,
  declineOnSaving,
  resolveMethod,
  traitsOf,
} from "../engine/methods";

const nothing = z.strictObject({});
const attachSchema = z.strictObject({ customer: text });
const kindSchema = { type: z.literal("card").optional() };
const listSchema = z.strictObject({ ...paging, ...kindSchema, customer: text.optional() });
const ofCustomerSchema = z.strictObject({ ...paging, ...kindSchema });

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

/** A detached method can never be used again, as with Stripe. */
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

export const paymentMethodRoutes: Route[] = [
  { method: "POST", path: "/v1/payment_methods", handler: create },
  { method: "GET", path: "/v1/payment_methods", handler: list },
  { method: "GET", path: "/v1/payment_methods/:id", handler: retrieve },
  { method: "POST", path: "/v1/payment_methods/:id/attach", handler: attach },
  { method: "POST", path: "/v1/payment_methods/:id/detach", handler: detach },
  { method: "GET", path: "/v1/customers/:id/payment_methods", handler: listOfCustomer },
];
