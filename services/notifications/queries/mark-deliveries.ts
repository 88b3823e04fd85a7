import type { Knex } from "../../../shared/db/open-database";
import { deliveryStates } from "../domain/delivery.state";

/** A failed attempt to send a mail. */
export interface FailedAttempt {
  id: string;
  attempts: number;
  error: string;
  /** time until the next attempt; null: there is none */
  retry_in_ms: number | null;
}

/** @param sentAt a business instant */
export async function markSent(db: Knex, id: string, sentAt: string): Promise<void> {
  await db.raw(
    "UPDATE deliveries SET status = 'sent', sent_at = ?, error = NULL WHERE id = ? AND status = ANY(?)",
    [sentAt, id, deliveryStates.before("sent")],
  );
}

/** Cancels deliveries that need not be sent any more. */
export async function markCancelled(db: Knex, ids: string[], reason: string): Promise<void> {
  await db.raw(
    "UPDATE deliveries SET status = 'cancelled', error = ? WHERE id = ANY(?::uuid[]) AND status = ANY(?)",
    [reason, ids, deliveryStates.before("cancelled")],
  );
}

/** Cancels the mails of links that no longer work. */
export async function cancelLinks(trx: Knex, linkIds: string[]): Promise<void> {
  await trx.raw(
    `UPDATE deliveries SET status = 'cancelled', error = 'the link was withdrawn'
     WHERE link_id = ANY(?::uuid[]) AND status = ANY(?)`,
    [linkIds, deliveryStates.before("cancelled")],
  );
}

/** Lets deliveries wait for their next attempt, or marks them as failed. */
export async function markFailed(db: Knex, failures: FailedAttempt[]): Promise<void> {
  await db.raw(
    `UPDATE deliveries
     SET attempts = failure.attempts,
       error = failure.error,
       status = CASE WHEN failure.retry_in_ms IS NULL THEN 'failed' ELSE 'queued' END,
       next_attempt_at = now() + coalesce(failure.retry_in_ms, 0) * interval '1 millisecond'
     FROM jsonb_to_recordset(?::jsonb) AS failure(id uuid, attempts integer, error text, retry_in_ms bigint)
     WHERE deliveries.id = failure.id AND deliveries.status = ANY(?)`,
    [JSON.stringify(failures), deliveryStates.before("failed")],
  );
}
