import type { Knex } from "../../../shared/db/open-database";
import type { Payment } from "../models/payment";

/**
 * Takes open payments whose turn it is to be looked up at Stripe and sets their next turn: a minute after
 * they began, then ever later, up to once in 17 hours. Other instances get others. Wall-clock time: Stripe
 * does not live in business time.
 */
export async function claimDuePayments(db: Knex, limit: number): Promise<Payment[]> {
  const { rows } = await db.raw<{ rows: Payment[] }>(
    `UPDATE payments SET checks = checks + 1, next_check_at = now() + interval '1 minute' * power(2, least(checks, 10))
     WHERE id IN (
       SELECT id FROM payments WHERE status = 'open' AND next_check_at <= now()
       ORDER BY next_check_at LIMIT ? FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    [limit],
  );
  return rows;
}
