import type { DeliveryKind } from "../../../shared/contracts/notifications";
import type { Knex } from "../../../shared/db/open-database";
import type { InvoiceFacts } from "../domain/messages";

/**
 * Longer than any page of mails can take; after it, the mails of a process that died are taken up by another.
 */
const LEASE = "5 minutes";

/** A delivery to be sent now. */
export interface ClaimedDelivery {
  id: string;
  kind: DeliveryKind;
  invoice_id: string;
  user_id: string;
  day: string;
  attempts: number;
  message_id: string;
  payload: InvoiceFacts;
}

/**
 * Takes a page of what is to be sent, those waiting longest first. Who claims at the same time gets others.
 */
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
