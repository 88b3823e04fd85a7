import type { Knex } from "../../../shared/db/open-database";
import { Payment } from "../models/payment";

type Claim = Pick<Payment, "invoice_id" | "amount_minor" | "currency" | "livemode">;

/**
 * Opens the invoice's next attempt, unless it has an open or a succeeded payment: of any number who try at
 * once, the unique index lets one through.
 * @returns the invoice's open or succeeded payment; undefined when it ended at this very moment, and one may
 *   try again
 */
export async function claimLivePayment(db: Knex, claim: Claim): Promise<Payment | undefined> {
  await db.raw(
    `INSERT INTO payments (invoice_id, attempt, amount_minor, currency, livemode)
     SELECT :invoice_id, coalesce(max(attempt), 0) + 1, :amount_minor, :currency, :livemode
     FROM payments WHERE invoice_id = :invoice_id
     HAVING coalesce(bool_and(status NOT IN ('open', 'succeeded')), true)
     ON CONFLICT DO NOTHING`,
    { ...claim },
  );
  return findLivePayment(db, claim.invoice_id);
}

/** The invoice's open or succeeded payment, of which there is at most one. */
export async function findLivePayment(db: Knex, invoiceId: string): Promise<Payment | undefined> {
  return Payment.query(db).findOne({ invoice_id: invoiceId }).whereIn("status", ["open", "succeeded"]);
}
