import { equalSecrets } from "./auth";
import type { Call } from "./call";
import { invalidParam, missingParam } from "./errors";

/** What a browser may see of an intent: not the customer, the metadata or the merchant's own fields. */
const PUBLIC_FIELDS = new Set([
  "id",
  "object",
  "amount",
  "amount_details",
  "automatic_payment_methods",
  "canceled_at",
  "cancellation_reason",
  "capture_method",
  "client_secret",
  "confirmation_method",
  "created",
  "currency",
  "description",
  "last_payment_error",
  "last_setup_error",
  "livemode",
  "next_action",
  "payment_method",
  "payment_method_types",
  "processing",
  "receipt_email",
  "setup_future_usage",
  "shipping",
  "source",
  "status",
  "usage",
]);

/**
 * Checks the client secret of a call: required with a publishable key, and right if it is there.
 * @throws ApiError 400 if it is missing or another intent's
 */
export function assertClientSecret(
  call: Call,
  intent: { object: string; client_secret: string | null },
  given: string | undefined,
): void {
  if (given === undefined) {
    if (call.key === "publishable") throw missingParam("client_secret");
    return;
  }
  if (intent.client_secret !== null && equalSecrets(given, intent.client_secret)) return;
  const kind = intent.object;
  const message = `The client_secret provided does not match the client_secret associated with this ${kind}.`;
  throw invalidParam("client_secret", message, `${intent.object}_invalid_parameter`);
}

/** A copy of an intent without what a browser may not see; other objects as they are. */
export function publicView(body: object): object {
  const isIntent = "object" in body && (body.object === "payment_intent" || body.object === "setup_intent");
  return isIntent
    ? Object.fromEntries(Object.entries(body).filter(([field]) => PUBLIC_FIELDS.has(field)))
    : body;
}
