import { view } from "../../../shared/contracts/fields";
import { invoice } from "../../../shared/contracts/invoicing";
import type { AccountMailKind } from "../../../shared/contracts/notifications";
import type { Knex } from "../../../shared/db/open-database";
import type { AccountFacts, InvoiceFacts, InvoiceMailKind } from "../domain/messages";

/** A mail about an invoice, or about an account. */
export type About =
  | {
      kind: InvoiceMailKind;
      invoice_id: string;
      customer_id: string;
      user_id: null;
      payload: InvoiceFacts;
    }
  | { kind: AccountMailKind; invoice_id: null; customer_id: null; user_id: string; payload: AccountFacts };

/** `day` is YYYY-MM-DD. There is one delivery for each invoice (or account), kind and day. */
export type NewDelivery = About & { day: string };

const invoiceFacts = invoice.pick({
  number: true,
  amount_minor: true,
  currency: true,
  issue_date: true,
  due_date: true,
  period_start: true,
  period_end: true,
});

/** A delivery about an invoice, as invoicing's events and lists have it. */
export function deliveryOf(
  kind: InvoiceMailKind,
  day: string,
  about: InvoiceFacts & { id: string; customer: string },
): NewDelivery {
  const payload = view(invoiceFacts, about);
  return { kind, invoice_id: about.id, customer_id: about.customer, user_id: null, day, payload };
}

/** Queues deliveries. An existing one stays as it is. */
export async function queueDeliveries(trx: Knex.Transaction, deliveries: NewDelivery[]): Promise<void> {
  await trx.raw(
    `INSERT INTO deliveries (kind, invoice_id, customer_id, user_id, day, payload)
     SELECT kind, invoice_id, customer_id, user_id, day, payload
     FROM jsonb_to_recordset(?::jsonb) AS delivery(
       kind text, invoice_id uuid, customer_id uuid, user_id uuid, day date, payload jsonb
     )
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(deliveries)],
  );
}
