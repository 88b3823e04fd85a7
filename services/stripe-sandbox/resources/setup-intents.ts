import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findCustomer, findInPath, seconds } from "../api/call";
import { assertClientSecret } from "../api/client-secret";
import { listOf } from "../api/lists";
import { boolean, metadata, methodData, paging, parseParams, text, unsettable } from "../api/params";
import { canBecome } from "../domain/intent.state";
import { createMethod, idOf, resolveMethod } from "../engine/methods";
import { confirmSetup, unexpectedState } from "../engine/setups";
import { newSetupIntent } from "../objects/intents";

const createSchema = z.strictObject({
  allowed_payment_method_types: z.array(z.literal("card")).min(1).optional(),
  automatic_payment_methods: z
    .strictObject({ enabled: boolean, allow_redirects: z.enum(["always", "never"]).optional() })
    .optional(),
  confirm: boolean.optional(),
  customer: text.optional(),
  description: unsettable.optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
  return_url: z.url().optional(),
  usage: z.enum(["off_session", "on_session"]).optional(),
  use_stripe_sdk: boolean.optional(),
});
const confirmSchema = z.strictObject({
  client_secret: text.optional(),
  payment_method: text.optional(),
  payment_method_data: methodData.optional(),
  return_url: z.url().optional(),
  use_stripe_sdk: boolean.optional(),
});
const retrieveSchema = z.strictObject({ client_secret: text.optional() });
const cancelSchema = z.strictObject({
  cancellation_reason: z.enum(["abandoned", "duplicate", "requested_by_customer"]).optional(),
});
const listSchema = z.strictObject({ ...paging, customer: text.optional(), payment_method: text.optional() });

function create(call: Call): Stripe.SetupIntent {
  const input = parseParams(createSchema, call.params);
  const intent = newSetupIntent(input.usage ?? "off_session", seconds(call));
  if (input.customer !== undefined) intent.customer = findCustomer(call, input.customer).id;
  if (input.allowed_payment_method_types === undefined) {
    const { enabled, allow_redirects = "always" } = input.automatic_payment_methods ?? { enabled: true };
    intent.automatic_payment_methods = { enabled, allow_redirects };
  } else {
    intent.allowed_payment_method_types = input.allowed_payment_method_types;
  }
  intent.description = input.description ?? null;
  intent.metadata = input.metadata ?? {};
  const method = input.payment_method === undefined ? null : resolveMethod(call, input.payment_method);
  if (method) {
    intent.payment_method = method.id;
    intent.status = "requires_confirmation";
  }
  call.store.put("setup_intents", intent);
  call.emit("setup_intent.created", intent);
  if (input.confirm === true) confirmSetup(call, intent, method);
  return intent;
}

function retrieve(call: Call): Stripe.SetupIntent {
  const input = parseParams(retrieveSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  assertClientSecret(call, intent, input.client_secret);
  return intent;
}

function methodFor(
  call: Call,
  intent: Stripe.SetupIntent,
  input: z.output<typeof confirmSchema>,
): Stripe.PaymentMethod | null {
  if (input.payment_method_data) return createMethod(call, input.payment_method_data);
  const reference = input.payment_method ?? idOf(intent.payment_method);
  return reference === null ? null : resolveMethod(call, reference);
}

function confirm(call: Call): Stripe.SetupIntent {
  const input = parseParams(confirmSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  assertClientSecret(call, intent, input.client_secret);
  confirmSetup(call, intent, methodFor(call, intent, input));
  return intent;
}

function cancel(call: Call): Stripe.SetupIntent {
  const input = parseParams(cancelSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  if (!canBecome(intent.status, "canceled")) throw unexpectedState(intent, "cancel");
  intent.status = "canceled";
  intent.cancellation_reason = input.cancellation_reason ?? null;
  intent.next_action = null;
  call.emit("setup_intent.canceled", intent);
  return intent;
}

function list(call: Call): object {
  const { customer, payment_method, ...page } = parseParams(listSchema, call.params);
  const matches = (intent: Stripe.SetupIntent): boolean =>
    (customer === undefined || intent.customer === customer) &&
    (payment_method === undefined || intent.payment_method === payment_method);
  return listOf(call, "setup_intents", page, matches, "/v1/setup_intents");
}

export const setupIntentRoutes: Route[] = [
  { method: "POST", path: "/v1/setup_intents", handler: create },
  { method: "GET", path: "/v1/setup_intents", handler: list },
  { method: "GET", path: "/v1/setup_intents/:id", handler: retrieve, publishable: true },
  { method: "POST", path: "/v1/setup_intents/:id/confirm", handler: confirm, publishable: true },
  { method: "POST", path: "/v1/setup_intents/:id/cancel", handler: cancel },
];
