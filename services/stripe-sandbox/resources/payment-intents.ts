import type Stripe from "stripe";
import type { z } from "zod";
import { type Call, type Route, findCustomer, findInPath, seconds } from "../api/call";
import { assertClientSecret } from "../api/client-secret";
import { invalidParam } from "../api/errors";
import { listOf } from "../api/lists";
import { mergeMetadata } from "../api/params";
import { parseParams } from "../api/parse-params";
import { INTENT_STATES } from "../domain/intent.state";
import { move, unexpectedState } from "../engine/intent-states";
import { methodFor, resolveMethod } from "../engine/methods";
import { type Presence, assertConfirmable, attempt } from "../engine/payments";
import { shippingFrom } from "../objects/addresses";
import { newPaymentIntent } from "../objects/intents";
import { idOf } from "../state/ids";
import {
  assertChargeable,
  cancelSchema,
  confirmSchema,
  createSchema,
  listSchema,
  retrieveSchema,
  updateSchema,
} from "./payment-intents.params";

type Settable = Omit<z.output<typeof updateSchema>, "amount" | "currency" | "payment_method">;

/** Changes only what the caller sent; null unsets. */
function assign(call: Call, intent: Stripe.PaymentIntent, input: Settable): void {
  if (input.customer !== undefined) intent.customer = findCustomer(call, input.customer).id;
  if (input.description !== undefined) intent.description = input.description;
  if (input.receipt_email !== undefined) intent.receipt_email = input.receipt_email;
  if (input.statement_descriptor !== undefined) intent.statement_descriptor = input.statement_descriptor;
  if (input.statement_descriptor_suffix !== undefined) {
    intent.statement_descriptor_suffix = input.statement_descriptor_suffix;
  }
  if (input.setup_future_usage !== undefined) intent.setup_future_usage = input.setup_future_usage;
  if (input.shipping !== undefined) intent.shipping = shippingFrom(input.shipping);
  if (input.allowed_payment_method_types !== undefined) {
    intent.allowed_payment_method_types = input.allowed_payment_method_types;
  }
  intent.metadata = mergeMetadata(intent.metadata, input.metadata);
}

type ConfirmInput = z.output<typeof confirmSchema>;

/** Intents that may redirect need a return_url, even if the customer then pays by card. */
function assertReturnUrl(intent: Stripe.PaymentIntent, input: ConfirmInput): void {
  const mayRedirect = intent.automatic_payment_methods?.allow_redirects === "always";
  if (!mayRedirect || input.return_url !== undefined || input.use_stripe_sdk === true) return;
  const message =
    "This PaymentIntent accepts payment methods that might redirect your customer off of your page, " +
    "so you must provide a `return_url`. If you don't want to accept them, set " +
    "`automatic_payment_methods[allow_redirects]` to never.";
  throw invalidParam("return_url", message);
}

function presenceOf(input: ConfirmInput): Presence {
  const offSession = input.off_session !== undefined && input.off_session !== "false";
  return { offSession, errorOnAction: input.error_on_requires_action === true };
}

function newIntentFrom(call: Call, input: z.output<typeof createSchema>): Stripe.PaymentIntent {
  assertChargeable(input.amount, input.currency);
  const intent = newPaymentIntent(input.amount, input.currency, seconds(call));
  if (input.allowed_payment_method_types === undefined) {
    const { enabled, allow_redirects = "always" } = input.automatic_payment_methods ?? { enabled: true };
    intent.automatic_payment_methods = { enabled, allow_redirects };
  } else if (input.automatic_payment_methods?.enabled === true) {
    const message = "You may only specify one of automatic_payment_methods and allowed_payment_method_types.";
    throw invalidParam("allowed_payment_method_types", message);
  }
  if (input.capture_method !== undefined) intent.capture_method = input.capture_method;
  assign(call, intent, input);
  return intent;
}

function create(call: Call): Stripe.PaymentIntent {
  const input = parseParams(createSchema, call.params);
  const confirms = input.confirm === true;
  if (!confirms && (input.off_session !== undefined || input.return_url !== undefined)) {
    throw invalidParam("confirm", "off_session and return_url can only be used when `confirm` is true.");
  }
  const intent = newIntentFrom(call, input);
  const method = methodFor(call, input, idOf(intent.payment_method));
  if (confirms) {
    assertConfirmable(call, intent, method);
    assertReturnUrl(intent, input);
  }
  call.store.put("payment_intents", intent);
  call.emit("payment_intent.created", intent);
  if (method) {
    intent.payment_method = method.id;
    move(intent, "requires_confirmation", "update");
    if (confirms) attempt(call, intent, method, presenceOf(input));
  }
  return intent;
}

function retrieve(call: Call): Stripe.PaymentIntent {
  const input = parseParams(retrieveSchema, call.params);
  const intent = findInPath(call, "payment_intents");
  assertClientSecret(call, intent, input.client_secret);
  return intent;
}

function confirm(call: Call): Stripe.PaymentIntent {
  const input = parseParams(confirmSchema, call.params);
  const intent = findInPath(call, "payment_intents");
  assertClientSecret(call, intent, input.client_secret);
  if (call.key === "publishable" && input.off_session !== undefined) {
    throw invalidParam("off_session", "off_session cannot be used with a publishable key.");
  }
  if (input.payment_method_data && input.payment_method !== undefined) {
    throw invalidParam("payment_method", "Give either payment_method or payment_method_data.");
  }
  const method = methodFor(call, input, idOf(intent.payment_method));
  assertConfirmable(call, intent, method);
  assertReturnUrl(intent, input);
  if (input.receipt_email !== undefined) intent.receipt_email = input.receipt_email;
  if (input.setup_future_usage !== undefined) intent.setup_future_usage = input.setup_future_usage;
  attempt(call, intent, method, presenceOf(input));
  return intent;
}

/** An intent that waits for the customer's bank starts over when its amount or method changes. */
function startOver(intent: Stripe.PaymentIntent): void {
  if (intent.status !== "requires_action") return;
  intent.next_action = null;
  move(intent, "requires_confirmation", "update");
}

function update(call: Call): Stripe.PaymentIntent {
  const input = parseParams(updateSchema, call.params);
  const intent = findInPath(call, "payment_intents");
  const isFinal = !INTENT_STATES.allows(intent.status, "succeeded");
  const fixed = (["amount", "currency", "customer", "payment_method", "setup_future_usage"] as const).find(
    (field) => input[field] !== undefined,
  );
  if (isFinal && fixed !== undefined) {
    const message = `You cannot change the ${fixed} of a PaymentIntent with the status ${intent.status}.`;
    throw unexpectedState(intent, message, { param: fixed });
  }
  const { amount = intent.amount, currency: code = intent.currency } = input;
  if (!isFinal) assertChargeable(amount, code);
  const method = input.payment_method === undefined ? null : resolveMethod(call, input.payment_method);
  assign(call, intent, input);
  if (amount !== intent.amount || code !== intent.currency || method) startOver(intent);
  Object.assign(intent, { amount, currency: code });
  if (method) {
    intent.payment_method = method.id;
    move(intent, "requires_confirmation", "update");
  }
  if (!isFinal) intent.last_payment_error = null;
  return intent;
}

function cancel(call: Call): Stripe.PaymentIntent {
  const input = parseParams(cancelSchema, call.params);
  const intent = findInPath(call, "payment_intents");
  move(intent, "canceled", "cancel");
  intent.canceled_at = seconds(call);
  intent.cancellation_reason = input.cancellation_reason ?? null;
  intent.next_action = null;
  call.emit("payment_intent.canceled", intent);
  return intent;
}

function list(call: Call): object {
  const { customer, ...page } = parseParams(listSchema, call.params);
  const matches = (intent: Stripe.PaymentIntent): boolean =>
    customer === undefined || intent.customer === customer;
  return listOf(call, "payment_intents", page, matches, "/v1/payment_intents");
}

export const paymentIntentRoutes: Route[] = [
  { method: "POST", path: "/v1/payment_intents", handler: create },
  { method: "GET", path: "/v1/payment_intents", handler: list },
  { method: "GET", path: "/v1/payment_intents/:id", handler: retrieve, publishable: true },
  { method: "POST", path: "/v1/payment_intents/:id", handler: update },
  { method: "POST", path: "/v1/payment_intents/:id/confirm", handler: confirm, publishable: true },
  { method: "POST", path: "/v1/payment_intents/:id/cancel", handler: cancel },
];
