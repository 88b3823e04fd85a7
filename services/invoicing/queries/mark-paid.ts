import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { payloadSql } from "../../../shared/events/payload-sql";
import { invoiceStates } from "../domain/invoice.state";

/**
 * Marks invoices paid and appends `invoice.paid`. An invoice that is paid already stays as it is.
 * @throws Error when a payment has another amount or currency than its invoice, or there is no such invoice
 */
export async function markPaid(
  trx: Knex.Transaction,
  payments: PayloadOf<"payment.succeeded">[],
): Promise<void> {
  const payload = JSON.stringify(payments);
  const { rows } = await trx.raw<{ rows: { payment_id: string }[] }>(
    `SELECT payment.payment_id
     FROM jsonb_to_recordset(?::jsonb)
       AS payment(payment_id uuid, invoice uuid, amount_minor bigint, currency text)
     LEFT JOIN invoices ON invoices.id = payment.invoice
     WHERE invoices.id IS NULL
        OR (invoices.amount_minor, invoices.currency) <> (payment.amount_minor, payment.currency)`,
    [payload],
  );
  if (rows.length > 0) {
    throw new Error(`payments that fit no invoice: ${rows.map(({ payment_id }) => payment_id).join(", ")}`);
  }
  await trx.raw(
    `WITH paid AS (
       UPDATE invoices
       SET status = 'paid', paid_at = payment.paid_at, payment_id = payment.payment_id,
           paid_minor = payment.amount_minor
       FROM jsonb_to_recordset((:payload)::jsonb)
         AS payment(payment_id uuid, invoice uuid, paid_at timestamptz, amount_minor bigint)
       WHERE invoices.id = payment.invoice AND invoices.status = ANY((:before)::text[])
       RETURNING invoices.*
     )
     INSERT INTO outbox (type, subject_id, payload)
     SELECT 'invoice.paid', id, ${payloadSql("invoice.paid", "paid")}
     FROM paid ORDER BY sequence`,
    { payload, before: invoiceStates.before("paid") },
  );
}
