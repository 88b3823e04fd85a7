import type { PaymentsEnv } from "../tools";

const KEPT = "90 days";
const PAGE = 2_000;
/** The doorbell wakes workers after every commit; this one has no hurry. */
const EVERY_MS = 3_600_000;

/**
 * Makes the worker's step: it deletes a page of webhooks that came more than 90 days ago. Stripe sends an
 * event again for three days at most.
 */
export function dropOldWebhooks({ db }: PaymentsEnv): () => Promise<number> {
  let idleUntil_ms = 0;
  return async () => {
    if (Date.now() < idleUntil_ms) return 0;
    const { rowCount } = await db.raw<{ rowCount: number }>(
      `DELETE FROM stripe_events WHERE id IN (
         SELECT id FROM stripe_events WHERE received_at < now() - ?::interval ORDER BY received_at LIMIT ?
       )`,
      [KEPT, PAGE],
    );
    if (rowCount === 0) idleUntil_ms = Date.now() + EVERY_MS;
    return rowCount;
  };
}
