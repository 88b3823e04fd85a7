import type { DeliveryKind } from "../../../shared/contracts/notifications";
import type { Knex } from "../../../shared/db/open-database";
import type { InvoiceFacts } from "../domain/messages";

export interface NewDelivery {
  kind: DeliveryKind;
  invoice_id: string;
  user_id: string;
  /** YYYY-MM-DD; with invoice and kind it makes the delivery the only one */
  day: string;
  payload: InvoiceFacts;
}

/** A delivery about an invoice as its events and lists have it. */
export function deliveryOf(
  kind: DeliveryKind,
  day: string,
  { id, user_id, ...invoice }: InvoiceFacts & { id: string; user_id: string },
): NewDelivery {
  const { number, amount_minor, currency, issue_date, due_date, period_start, period_end } = invoice;
  const payload = { number, amount_minor, currency, issue_date, due_date, period_start, period_end };
  return { kind, invoice_id: id, user_id, day, payload };
}

/** Queues deliveries; one that is there already stays as it is. */
export async function queueDeliveries(trx: Knex.Transaction, deliveries: NewDelivery[]): Promise<void> {
  await trx.raw(
    `INSERT INTO deliveries (kind, invoice_id, user_id, day, payload)
     SELECT kind, invoice_id, user_id, day, payload
     FROM jsonb_to_recordset(?::jsonb) AS fresh(kind text, invoice_id uuid, user_id uuid, day date, payload jsonb)
     ON CONFLICT (invoice_id, kind, day) DO NOTHING`,
    [JSON.stringify(deliveries)],
  );
}
