import type { Knex } from "../../../shared/db/open-database";
import type { About } from "./queue-deliveries";

/** Longer than a batch of mails can take. After it, another process sends the mails of one that died. */
const LEASE = "5 minutes";

/** A delivery to send now. */
export type ClaimedDelivery = About & {
  id: string;
  user_id: string;
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
     RETURNING id, kind, invoice_id, user_id, day, attempts, message_id, payload`,
    [LEASE, limit],
  );
  return rows;
}
