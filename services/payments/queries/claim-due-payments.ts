import type { Knex } from "../../../shared/db/open-database";
import type { Payment } from "../models/payment";

/**
 * Claims open payments that are due for a check, the newest first, and sets their next one: a minute after
 * creation, then at doubling intervals up to 17 hours. Two instances never claim the same one. Uses the wall
 * clock, because Stripe knows no business time.
 */
export async function claimDuePayments(db: Knex, limit: number): Promise<Payment[]> {
  const { rows } = await db.raw<{ rows: Payment[] }>(
    `UPDATE payments SET checks = checks + 1,
            next_check_at = now() + interval '1 minute' * power(2, least(checks, 10))
     WHERE id IN (
       SELECT id FROM payments WHERE status = 'open' AND next_check_at <= now()
       ORDER BY created_at DESC LIMIT ? FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    [limit],
  );
  return rows.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
}
