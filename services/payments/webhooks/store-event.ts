import type Stripe from "stripe";
import { z } from "zod";
import { findBrokenText } from "../../../shared/contracts/unicode";
import { BillingError } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { StripeEvent } from "../models/stripe-event";

const name = z
  .string()
  .max(255)
  .regex(/^[\x21-\x7e]+$/);
const readable = z.object({ id: name, type: name });

/**
 * Stores an event under its id, before it is processed.
 * @returns the row; it may be from an earlier delivery of the same event
 * @throws BillingError 400 for a signed body that is not an event, or holds text that is not Unicode
 */
export async function storeEvent(db: Knex, event: Stripe.Event): Promise<StripeEvent> {
  const parsed = readable.safeParse(event);
  if (!parsed.success || findBrokenText(event) !== undefined)
    throw new BillingError(400, "webhook.not_an_event", "The webhook is not a Stripe event.");
  const { id, type } = parsed.data;
  await StripeEvent.query(db)
    .insert({ id, type, payload: storable(event) })
    .onConflict("id")
    .ignore();
  return StripeEvent.query(db).findById(id).throwIfNotFound();
}

/** The client secret pays an intent; the others say who has paid, which nothing here needs. */
const NOT_STORED = new Set([
  "client_secret",
  "billing_details",
  "receipt_email",
  "shipping",
  "customer_details",
  "customer_email",
  "customer_name",
]);

const NUL = "\\u0000";
const NUL_AS_TEXT = "\\\\u0000";

/**
 * What is stored of an event. It can hold a whole intent, and whoever has its client secret can pay with it.
 * jsonb cannot hold NUL, which a text of a genuine event may have; it is stored as six characters, `\u0000`.
 */
function storable(event: Stripe.Event): object {
  const drop = (key: string, value: unknown): unknown => (NOT_STORED.has(key) ? undefined : value);
  const json = JSON.stringify(event, drop);
  // Whole escapes are matched, so that the end of an escaped backslash begins none.
  const escaped = json.replaceAll(/\\(?:u....|.)/g, (found) => (found === NUL ? NUL_AS_TEXT : found));
  return JSON.parse(escaped) as object;
}
