import type Stripe from "stripe";
import { z } from "zod";
import { BillingError } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { StripeEvent } from "../models/stripe-event";

const readable = z.object({ id: z.string().min(1).max(255), type: z.string().min(1).max(255) });

/**
 * Stores an event under its id before anything is done about it.
 * @returns the row, which may be an older delivery's
 * @throws BillingError 400 for a body that is signed, yet no event
 */
export async function storeEvent(db: Knex, event: Stripe.Event): Promise<StripeEvent> {
  const parsed = readable.safeParse(event);
  if (!parsed.success)
    throw new BillingError(400, "webhook.not_an_event", "The webhook is no event of Stripe's.");
  const { id, type } = parsed.data;
  await StripeEvent.query(db)
    .insert({ id, type, payload: withoutSecrets(event) })
    .onConflict("id")
    .ignore();
  return StripeEvent.query(db).findById(id).throwIfNotFound();
}

/** Events carry whole intents; who holds an intent's client secret may act on it. */
function withoutSecrets(event: Stripe.Event): object {
  const drop = (key: string, value: unknown): unknown => (key === "client_secret" ? undefined : value);
  return JSON.parse(JSON.stringify(event, drop)) as object;
}
