import type { Knex } from "../../../shared/db/open-database";
import type { About } from "./queue-deliveries";

/** After it, another process sends the mails of one that died. One that lives extends it every minute. */
const LEASE = "5 minutes";

/** A delivery to send now. */
export type ClaimedDelivery = About & {
  id: string;
  day: string;
  attempts: number;
  message_id: string;
};

/** Claims deliveries to send, the longest waiting first. Two processes never claim the same one. */
export async function claimDeliveries(db: Knex, limit: number): Promise<ClaimedDelivery[]> {
  const { rows } = await db.raw<{ rows: ClaimedDelivery[] }>(
    `UPDATE deliveries SET next_attempt_at = now() + ?::interval
     WHERE id IN (
       SELECT id FROM deliveries
       WHERE status = 'queued' AND next_attempt_at <= now()
       ORDER BY next_attempt_at, id
       LIMIT ?
       FOR UPDATE SKIP LOCKED
     )
     RETURNING id, kind, invoice_id, customer_id, user_id, link_id, day, attempts, message_id, payload`,
    [LEASE, limit],
  );
  return rows;
}

/** Claims deliveries that are still being sent for longer. */
export async function extendClaims(db: Knex, ids: readonly string[]): Promise<void> {
  await db.raw(
    `UPDATE deliveries SET next_attempt_at = now() + ?::interval
     WHERE id = ANY(?::uuid[]) AND status = 'queued'`,
    [LEASE, [...ids]],
  );
}
