import { lockInTransaction } from "../../../shared/db/locks";
import type { Knex } from "../../../shared/db/open-database";
import type { NewDelivery } from "./queue-deliveries";

/**
 * Makes who queues reminders and who cancels those of paid invoices take turns until their transactions end.
 * Without it a payment could be consumed between the two sights of a page of reminders, seen by neither.
 */
export async function lockReminders(trx: Knex.Transaction): Promise<void> {
  await lockInTransaction(trx, "reminders");
}

/**
 * Queues reminders, but for invoices that were paid (there is a receipt) and for those whose customer has had
 * this stage's reminder or a later one. An earlier one that is still waiting is cancelled: nobody is reminded
 * twice of one invoice at once.
 * @returns how many were queued
 */
export async function queueReminders(trx: Knex.Transaction, reminders: NewDelivery[]): Promise<number> {
  const { rows } = await trx.raw<{ rows: { queued: number }[] }>(
    `WITH fresh AS (
       INSERT INTO deliveries (kind, invoice_id, user_id, day, payload)
       SELECT kind, invoice_id, user_id, day, payload
       FROM jsonb_to_recordset(?::jsonb) AS reminder(kind text, invoice_id uuid, user_id uuid, day date, payload jsonb)
       WHERE NOT EXISTS (
         SELECT FROM deliveries AS told
         WHERE told.invoice_id = reminder.invoice_id
           AND (told.kind = 'receipt' OR (starts_with(told.kind, 'reminder_') AND told.day >= reminder.day))
       )
       ON CONFLICT (invoice_id, kind, day) DO NOTHING
       RETURNING invoice_id
     ), superseded AS (
       UPDATE deliveries SET status = 'cancelled', error = 'a later reminder took its place'
       FROM fresh
       WHERE deliveries.invoice_id = fresh.invoice_id AND starts_with(deliveries.kind, 'reminder_') AND deliveries.status = 'queued'
     )
     SELECT count(*) AS queued FROM fresh`,
    [JSON.stringify(reminders)],
  );
  return rows[0]?.queued ?? 0;
}

/** Cancels the reminders of invoices that have been paid, as far as they have not been sent. */
export async function cancelReminders(trx: Knex.Transaction, invoiceIds: string[]): Promise<void> {
  await trx.raw(
    `UPDATE deliveries SET status = 'cancelled', error = 'the invoice was paid'
     WHERE invoice_id = ANY(?::uuid[]) AND starts_with(kind, 'reminder_') AND status = 'queued'`,
    [invoiceIds],
  );
}
