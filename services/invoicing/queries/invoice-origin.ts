import type { Knex } from "../../../shared/db/open-database";

/** Where an invoice comes from. Fields of the subscription and the run are null where there is none. */
export interface InvoiceOrigin {
  period_index: number;
  price_effective_from: string;
  payment_id: string | null;
  plan_name: string | null;
  anchor: string | null;
  /** a Postgres interval, like `1 mon` */
  step: string | null;
  subscribed_at: string | null;
  run_id: string | null;
  run_as_of: string | null;
  run_event_id: string | null;
  run_created_at: string | null;
  run_finished_at: string | null;
}

/** Reads what led to an invoice: the period of its subscription, the price, the run that issued it. */
export async function invoiceOrigin(db: Knex, invoiceId: string): Promise<InvoiceOrigin | undefined> {
  const { rows } = await db.raw<{ rows: InvoiceOrigin[] }>(
    `SELECT period_index, (lines -> 0 ->> 'price_from')::timestamptz AS price_effective_from, payment_id,
            lines -> 0 ->> 'description' AS plan_name, billables.anchor, billables.step::text AS step,
            subscribed_at,
            run_id, run.as_of AS run_as_of, run.event_id AS run_event_id, run.created_at AS run_created_at,
            run.finished_at AS run_finished_at
     FROM invoices
     LEFT JOIN billables USING (subscription_id)
     LEFT JOIN billing_runs AS run ON run.id = run_id
     WHERE invoices.id = ?`,
    [invoiceId],
  );
  return rows[0];
}
