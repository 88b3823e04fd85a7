import { lockInTransaction } from "../../../shared/db/locks";
import type { Knex } from "../../../shared/db/open-database";
import type { NewDelivery } from "./queue-deliveries";

/**
 * Locks the queueing and the cancelling of reminders until the transaction ends. Without the lock, a payment
 * that is consumed while a page is planned could leave a reminder queued for a paid invoice.
 */
export async function lockReminders(trx: Knex.Transaction): Promise<void> {
  await lockInTransaction(trx, "reminders");
}

/**
 * Queues reminders, except for invoices that are paid (they have a receipt) and those that already have this
 * stage's reminder or a later one. An earlier reminder that is still queued is cancelled, so that nobody gets
 * two reminders for one invoice at once.
 * @returns how many were queued
 */
export async function queueReminders(trx: Knex.Transaction, reminders: NewDelivery[]): Promise<number> {
  const { rows } = await trx.raw<{ rows: { queued: number }[] }>(
    `WITH fresh AS (
       INSERT INTO deliveries (kind, invoice_id, customer_id, day, payload)
       SELECT kind, invoice_id, customer_id, day, payload
       FROM jsonb_to_recordset(?::jsonb)
         AS reminder(kind text, invoice_id uuid, customer_id uuid, day date, payload jsonb)
       WHERE NOT EXISTS (
         SELECT FROM deliveries AS earlier
         WHERE earlier.invoice_id = reminder.invoice_id
           AND (earlier.kind = 'receipt'
             OR (starts_with(earlier.kind, 'reminder_') AND earlier.day >= reminder.day))
       )
       ON CONFLICT (invoice_id, kind, day) DO NOTHING
       RETURNING invoice_id
     ), superseded AS (
       UPDATE deliveries SET status = 'cancelled', error = 'a later reminder took its place'
       FROM fresh
       WHERE deliveries.invoice_id = fresh.invoice_id
         AND starts_with(deliveries.kind, 'reminder_') AND deliveries.status = 'queued'
     )
     SELECT count(*) AS queued FROM fresh`,
    [JSON.stringify(reminders)],
  );
  return rows[0]?.queued ?? 0;
}

/** Cancels the queued reminders of paid invoices. */
export async function cancelReminders(trx: Knex.Transaction, invoiceIds: string[]): Promise<void> {
  await trx.raw(
    `UPDATE deliveries SET status = 'cancelled', error = 'the invoice was paid'
     WHERE invoice_id = ANY(?::uuid[]) AND starts_with(kind, 'reminder_') AND status = 'queued'`,
    [invoiceIds],
  );
}
