import { view } from "../../../shared/contracts/fields";
import { invoice } from "../../../shared/contracts/invoicing";
import type { AccountMailKind, LinkMailKind } from "../../../shared/contracts/notifications";
import type { Knex } from "../../../shared/db/open-database";
import type { AccountFacts, InvoiceFacts, InvoiceMailKind } from "../domain/messages";

/** A mail about an invoice or about an account, or one with a link of identity. */
export type About =
  | {
      kind: InvoiceMailKind;
      invoice_id: string;
      customer_id: string;
      user_id: null;
      link_id: null;
      payload: InvoiceFacts;
    }
  | {
      kind: AccountMailKind;
      invoice_id: null;
      customer_id: null;
      user_id: string;
      link_id: null;
      payload: AccountFacts;
    }
  | {
      kind: LinkMailKind;
      invoice_id: null;
      /** for an invitation */
      customer_id: string | null;
      user_id: string | null;
      link_id: string;
      payload: Record<never, never>;
    };

/** `day` is YYYY-MM-DD. There is one delivery for each invoice (or account), kind and day, and each link. */
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
  return {
    kind,
    invoice_id: about.id,
    customer_id: about.customer,
    user_id: null,
    link_id: null,
    day,
    payload,
  };
}

/** Queues deliveries. An existing one stays as it is. */
export async function queueDeliveries(trx: Knex.Transaction, deliveries: NewDelivery[]): Promise<void> {
  await trx.raw(
    `INSERT INTO deliveries (kind, invoice_id, customer_id, user_id, link_id, day, payload)
     SELECT kind, invoice_id, customer_id, user_id, link_id, day, payload
     FROM jsonb_to_recordset(?::jsonb) AS delivery(
       kind text, invoice_id uuid, customer_id uuid, user_id uuid, link_id uuid, day date, payload jsonb
     )
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(deliveries)],
  );
}
