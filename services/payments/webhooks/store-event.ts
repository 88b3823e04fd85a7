import type Stripe from "stripe";
import { z } from "zod";
import { BillingError } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { StripeEvent } from "../models/stripe-event";

const readable = z.object({ id: z.string().min(1).max(255), type: z.string().min(1).max(255) });

/**
 * Stores an event under its id, before it is processed.
 * @returns the row; it may be from an earlier delivery of the same event
 * @throws BillingError 400 for a signed body that is not an event
 */
export async function storeEvent(db: Knex, event: Stripe.Event): Promise<StripeEvent> {
  const parsed = readable.safeParse(event);
  if (!parsed.success)
    throw new BillingError(400, "webhook.not_an_event", "The webhook is not a Stripe event.");
  const { id, type } = parsed.data;
  await StripeEvent.query(db)
    .insert({ id, type, payload: withoutSecrets(event) })
    .onConflict("id")
    .ignore();
  return StripeEvent.query(db).findById(id).throwIfNotFound();
}

/** An event can hold a whole intent, and whoever has its client secret can pay with it. */
function withoutSecrets(event: Stripe.Event): object {
  const drop = (key: string, value: unknown): unknown => (key === "client_secret" ? undefined : value);
  return JSON.parse(JSON.stringify(event, drop)) as object;
}
