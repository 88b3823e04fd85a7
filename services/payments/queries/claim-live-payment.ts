import type { Knex } from "../../../shared/db/open-database";
import { LIVE_STATES } from "../domain/payment.state";
import { Payment } from "../models/payment";

type Claim = Pick<Payment, "invoice_id" | "amount_minor" | "currency" | "livemode">;

/**
 * Opens the invoice's next attempt, unless it has an open or a succeeded payment. Of several calls at the
 * same time, the unique index lets one insert.
 * @returns the invoice's open or succeeded payment; undefined when it has just ended: try again
 */
export async function claimLivePayment(db: Knex, claim: Claim): Promise<Payment | undefined> {
  await db.raw(
    `INSERT INTO payments (invoice_id, attempt, amount_minor, currency, livemode)
     SELECT :invoice_id, coalesce(max(attempt), 0) + 1, :amount_minor, :currency, :livemode
     FROM payments WHERE invoice_id = :invoice_id
     HAVING coalesce(bool_and(status <> ALL((:live)::text[])), true)
     ON CONFLICT DO NOTHING`,
    { ...claim, live: LIVE_STATES },
  );
  return findLivePayment(db, claim.invoice_id);
}

/** The invoice's open or succeeded payment; there is at most one. */
export async function findLivePayment(db: Knex, invoiceId: string): Promise<Payment | undefined> {
  return Payment.query(db).findOne({ invoice_id: invoiceId }).whereIn("status", LIVE_STATES);
}
