import type { Knex } from "../../../shared/db/open-database";
import type { StripeEvent } from "../models/stripe-event";

/**
 * Takes stored webhooks that could not be acted on and whose turn it is again, and sets their next turn: a
 * minute after they came, then ever later, up to once in 17 hours. Other instances get others.
 */
export async function claimDueEvents(db: Knex, limit: number): Promise<StripeEvent[]> {
  const { rows } = await db.raw<{ rows: StripeEvent[] }>(
    `UPDATE stripe_events SET attempts = attempts + 1,
            next_try_at = now() + interval '1 minute' * power(2, least(attempts, 10))
     WHERE id IN (
       SELECT id FROM stripe_events WHERE processed_at IS NULL AND next_try_at <= now()
       ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    [limit],
  );
  return rows;
}
