import type { Knex } from "../../../shared/db/open-database";
import type { StoredLine } from "../models/invoice";

/** Where an invoice comes from. Fields of the subscription and the run are null where there is none. */
export interface InvoiceOrigin {
  period_index: number;
  lines: StoredLine[];
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
    `SELECT period_index, lines, payment_id, plans.name AS plan_name, billables.anchor,
            billables.step::text AS step, subscribed_at,
            run_id, run.as_of AS run_as_of, run.event_id AS run_event_id, run.created_at AS run_created_at,
            run.finished_at AS run_finished_at
     FROM invoices
     LEFT JOIN billables USING (subscription_id)
     LEFT JOIN plans ON plans.id = invoices.plan_id
     LEFT JOIN billing_runs AS run ON run.id = run_id
     WHERE invoices.id = ?`,
    [invoiceId],
  );
  const [origin] = rows;
  // Postgres writes times in JSON with an offset.
  const inUtc = ({ price_from, ...line }: StoredLine) =>
    price_from === undefined ? line : { ...line, price_from: price_from.replace("+00:00", "Z") };
  return origin && { ...origin, lines: origin.lines.map(inUtc) };
}
