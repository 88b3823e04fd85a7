import type { Knex } from "../../../shared/db/open-database";
import { Payment } from "../models/payment";

/**
 * Writes the id of an intent into an open payment that has none yet.
 * @returns the payment; undefined when it has another intent or is no longer open
 */
export async function attachIntent(
  db: Knex,
  paymentId: string,
  intentId: string,
): Promise<Payment | undefined> {
  const [attached] = await Payment.query(db)
    .patch({ stripe_payment_intent_id: intentId })
    .where({ id: paymentId, status: "open" })
    .whereRaw("coalesce(stripe_payment_intent_id, ?) = ?", [intentId, intentId])
    .returning("*");
  return attached;
}
