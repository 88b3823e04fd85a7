import type { Knex } from "../../../shared/db/open-database";
import { statesBefore } from "../domain/delivery.state";

/** What became of an attempt that did not send the mail. */
export interface FailedAttempt {
  id: string;
  attempts: number;
  error: string;
  /** until the next attempt; null: there will be none */
  retry_in_ms: number | null;
}

/** @param sentAt a business instant */
export async function markSent(db: Knex, id: string, sentAt: string): Promise<void> {
  await db.raw(
    "UPDATE deliveries SET status = 'sent', sent_at = ?, error = NULL WHERE id = ? AND status = ANY(?)",
    [sentAt, id, statesBefore("sent")],
  );
}

/** Gives up deliveries that have no more reason to be sent. */
export async function markCancelled(db: Knex, ids: string[], reason: string): Promise<void> {
  await db.raw(
    "UPDATE deliveries SET status = 'cancelled', error = ? WHERE id = ANY(?::uuid[]) AND status = ANY(?)",
    [reason, ids, statesBefore("cancelled")],
  );
}

/** Lets deliveries wait for their next attempt, or fail for good. */
export async function markFailed(db: Knex, failures: FailedAttempt[]): Promise<void> {
  await db.raw(
    `UPDATE deliveries
     SET attempts = failure.attempts,
       error = failure.error,
       status = CASE WHEN failure.retry_in_ms IS NULL THEN 'failed' ELSE 'queued' END,
       next_attempt_at = now() + coalesce(failure.retry_in_ms, 0) * interval '1 millisecond'
     FROM jsonb_to_recordset(?::jsonb) AS failure(id uuid, attempts integer, error text, retry_in_ms bigint)
     WHERE deliveries.id = failure.id AND deliveries.status = ANY(?)`,
    [JSON.stringify(failures), statesBefore("failed")],
  );
}
