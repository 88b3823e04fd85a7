import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findCustomer, findInPath, seconds } from "../api/call";
import { assertClientSecret } from "../api/client-secret";
import { listOf } from "../api/lists";
import {
  automaticMethods,
  boolean,
  cardOnly,
  mergeMetadata,
  metadata,
  methodData,
  paging,
  text,
  unsettable,
} from "../api/params";
import { parseParams } from "../api/parse-params";
import { assertMayBecome, move } from "../engine/intent-states";
import { methodFor, resolveMethod } from "../engine/methods";
import { confirmSetup } from "../engine/setups";
import { newSetupIntent } from "../objects/intents";
import { idOf } from "../state/ids";

const settable = {
  allowed_payment_method_types: cardOnly.optional(),
  customer: text.optional(),
  description: unsettable.optional(),
  metadata: metadata.optional(),
  payment_method: text.optional(),
};
const createSchema = z.strictObject({
  ...settable,
  automatic_payment_methods: automaticMethods.optional(),
  confirm: boolean.optional(),
  return_url: z.url().optional(),
  usage: z.enum(["off_session", "on_session"]).optional(),
  use_stripe_sdk: boolean.optional(),
});
const updateSchema = z.strictObject(settable);
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

/** Changes only what the caller sent; null unsets. Returns the method that the caller named. */
function assign(
  call: Call,
  intent: Stripe.SetupIntent,
  input: z.output<typeof updateSchema>,
): Stripe.PaymentMethod | null {
  const method = input.payment_method === undefined ? null : resolveMethod(call, input.payment_method);
  if (input.customer !== undefined) intent.customer = findCustomer(call, input.customer).id;
  if (input.description !== undefined) intent.description = input.description;
  if (input.allowed_payment_method_types !== undefined) {
    intent.allowed_payment_method_types = input.allowed_payment_method_types;
  }
  intent.metadata = mergeMetadata(intent.metadata ?? {}, input.metadata);
  if (method) {
    move(intent, "requires_confirmation", "update");
    intent.payment_method = method.id;
    intent.next_action = null;
  }
  return method;
}

function create(call: Call): Stripe.SetupIntent {
  const input = parseParams(createSchema, call.params);
  const intent = newSetupIntent(input.usage ?? "off_session", seconds(call));
  const method = assign(call, intent, input);
  if (input.allowed_payment_method_types === undefined) {
    const { enabled, allow_redirects = "always" } = input.automatic_payment_methods ?? { enabled: true };
    intent.automatic_payment_methods = { enabled, allow_redirects };
  }
  call.store.put("setup_intents", intent);
  call.emit("setup_intent.created", intent);
  if (input.confirm === true) confirmSetup(call, intent, method);
  return intent;
}

function update(call: Call): Stripe.SetupIntent {
  const input = parseParams(updateSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  if (input.customer !== undefined || input.payment_method !== undefined) {
    assertMayBecome(intent, "requires_confirmation", "update");
  }
  assign(call, intent, input);
  return intent;
}

function retrieve(call: Call): Stripe.SetupIntent {
  const input = parseParams(retrieveSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  assertClientSecret(call, intent, input.client_secret);
  return intent;
}

function confirm(call: Call): Stripe.SetupIntent {
  const input = parseParams(confirmSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  assertClientSecret(call, intent, input.client_secret);
  confirmSetup(call, intent, methodFor(call, input, idOf(intent.payment_method)));
  return intent;
}

function cancel(call: Call): Stripe.SetupIntent {
  const input = parseParams(cancelSchema, call.params);
  const intent = findInPath(call, "setup_intents");
  move(intent, "canceled", "cancel");
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
  { method: "POST", path: "/v1/setup_intents/:id", handler: update },
  { method: "POST", path: "/v1/setup_intents/:id/confirm", handler: confirm, publishable: true },
  { method: "POST", path: "/v1/setup_intents/:id/cancel", handler: cancel },
];
