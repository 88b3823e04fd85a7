import type { Knex } from "../../../shared/db/open-database";
import type { StripeEvent } from "../models/stripe-event";

/**
 * Claims unprocessed webhooks that are due for another try, and sets their next one: a minute after arrival,
 * then at doubling intervals up to 17 hours. Two instances never claim the same one.
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
