import type { Knex } from "../../../shared/db/open-database";
import { Payment } from "../models/payment";

/** What is known of a payment whose intent was found at Stripe. */
interface FoundPayment {
  /** the id that the intent names; a new one where it names none */
  id: string | undefined;
  invoice_id: string;
  stripe_payment_intent_id: string;
  amount_minor: number;
  currency: string;
  livemode: boolean;
}

/**
 * Opens a payment for an intent that exists already, as the invoice's next attempt.
 * @returns undefined when the invoice has got an open or succeeded payment meanwhile
 */
export async function insertPaymentOfIntent(db: Knex, found: FoundPayment): Promise<Payment | undefined> {
  await db.raw(
    `INSERT INTO payments
       (id, invoice_id, attempt, stripe_payment_intent_id, amount_minor, currency, livemode, next_check_at)
     SELECT coalesce((:id)::uuid, uuidv7()), :invoice_id, coalesce(max(attempt), 0) + 1,
            :stripe_payment_intent_id, :amount_minor, :currency, :livemode, now()
     FROM payments WHERE invoice_id = :invoice_id
     ON CONFLICT DO NOTHING`,
    { ...found, id: found.id ?? null },
  );
  const { stripe_payment_intent_id } = found;
  return Payment.query(db).findOne({ stripe_payment_intent_id });
}
