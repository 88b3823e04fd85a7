import type { Knex } from "../../../shared/db/open-database";
import { inTransaction } from "../../../shared/db/transaction";
import { recordChanges, type Author } from "../../../shared/events/audit-log";
import { NOT_PAYABLE } from "../payer-errors";
import { LIVE_STATES } from "../domain/payment.state";
import { Payment } from "../models/payment";

type Claim = Pick<Payment, "invoice_id" | "amount_minor" | "currency" | "livemode">;

/** Stripe's minimum can change with exchange rates, so a refusal holds for a day. */
const REFUSED_LATELY = `status = 'failed' AND last_error_code = :notPayable
  AND amount_minor = :amount_minor AND currency = :currency AND created_at > now() - interval '1 day'`;

/**
 * Why Stripe refused to charge this amount for the invoice, within the last day.
 * @returns undefined when it did not
 */
export async function findRefusal(
  db: Knex,
  { invoice_id, amount_minor, currency }: Claim,
): Promise<string | undefined> {
  const { rows } = await db.raw<{ rows: { last_error_message: string | null }[] }>(
    `SELECT last_error_message FROM payments WHERE invoice_id = :invoice_id AND ${REFUSED_LATELY} LIMIT 1`,
    { invoice_id, amount_minor, currency, notPayable: NOT_PAYABLE },
  );
  const [refused] = rows;
  return refused && (refused.last_error_message ?? "");
}

/**
 * Opens the invoice's next attempt, unless it has an open or a succeeded payment, or Stripe has just refused
 * the amount. Of several calls at the same time, the unique index lets one insert.
 * @param author who stands in the audit log for a new attempt
 * @returns the invoice's open or succeeded payment; undefined when it has just ended: try again
 */
export async function claimLivePayment(
  db: Knex,
  claim: Claim,
  author?: Author,
): Promise<Payment | undefined> {
  // No doorbell: this writes no event.
  await inTransaction(db, async (trx) => {
    const opened = await insertAttempt(trx, claim);
    const entries = opened.map(({ id }) => ({ action: "payment.opened", object: id }));
    await recordChanges(trx, entries, author);
  });
  return findLivePayment(db, claim.invoice_id);
}

async function insertAttempt(trx: Knex.Transaction, claim: Claim): Promise<{ id: string }[]> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `INSERT INTO payments (invoice_id, attempt, amount_minor, currency, livemode)
     SELECT :invoice_id, coalesce(max(attempt), 0) + 1, :amount_minor, :currency, :livemode
     FROM payments WHERE invoice_id = :invoice_id
     HAVING coalesce(bool_and(status <> ALL((:live)::text[])), true)
       AND NOT coalesce(bool_or(${REFUSED_LATELY}), false)
     ON CONFLICT DO NOTHING
     RETURNING id`,
    { ...claim, live: LIVE_STATES, notPayable: NOT_PAYABLE },
  );
  return rows;
}

/** The invoice's open or succeeded payment; there is at most one. */
export async function findLivePayment(db: Knex, invoiceId: string): Promise<Payment | undefined> {
  return Payment.query(db).findOne({ invoice_id: invoiceId }).whereIn("status", LIVE_STATES);
}
