import type { Knex } from "../../shared/db/open-database";
import { SCHEMAS } from "../../shared/config/config";

/** An invoice with its lines, payments, events and mails. */
export interface BookedInvoice {
  id: string;
  sequence: number;
  subscription_id: string;
  period_start: string;
  period_end: string;
  amount_minor: number;
  currency: string;
  issue_date: string;
  due_date: string;
  status: string;
  lines_minor: number;
  /** of the lines for one-off charges */
  charges_minor: number;
  payments: number;
  paid_minor: number | null;
  paid_currency: string | null;
  issued_events: number;
  paid_events: number;
  overdue_events: number;
  invoice_mails: number;
  receipt_mails: number;
}

/** Reads all invoices, across the schemas of all services. An event that is in its feed twice counts once. */
export async function readInvoices(db: Knex): Promise<BookedInvoice[]> {
  const events = (type: string) =>
    `(SELECT count(DISTINCT id) FROM invoicing.outbox
      WHERE type = '${type}' AND subject_id = invoices.id::text)`;
  const mails = (kind: string) =>
    `(SELECT count(*) FROM notifications.deliveries WHERE kind = '${kind}' AND invoice_id = invoices.id)`;
  const payments = (what: string) =>
    `(SELECT ${what} FROM payments.payments WHERE invoice_id = invoices.id AND status = 'succeeded')`;
  const { rows } = await db.raw<{ rows: BookedInvoice[] }>(
    `SELECT invoices.*,
            (SELECT sum((line->>'amount_minor')::bigint)::bigint
             FROM jsonb_array_elements(lines) AS line) AS lines_minor,
            (SELECT coalesce(sum((line->>'amount_minor')::bigint), 0)::bigint
             FROM jsonb_array_elements(lines) AS line WHERE line->>'charge' IS NOT NULL) AS charges_minor,
            ${payments("count(*)")} AS payments,
            ${payments("max(amount_minor)")} AS paid_minor,
            ${payments("max(currency::text)")} AS paid_currency,
            ${events("invoice.issued")} AS issued_events,
            ${events("invoice.paid")} AS paid_events,
            ${events("invoice.overdue")} AS overdue_events,
            ${mails("invoice_issued")} AS invoice_mails,
            ${mails("receipt")} AS receipt_mails
     FROM invoicing.invoices ORDER BY sequence`,
  );
  return rows;
}

/** Rules that hold for every story. Each statement returns the rows that break one. */
const VIOLATIONS: Record<string, string> = {
  "billing runs that are not done":
    "SELECT id, kind, status, error FROM invoicing.billing_runs WHERE status <> 'done'",
  "billing runs with a wrong count": `
    SELECT run.id, run.counts->>'issued' AS issued, count(invoice.id) AS invoices
    FROM invoicing.billing_runs AS run LEFT JOIN invoicing.invoices AS invoice ON invoice.run_id = run.id
    WHERE run.kind = 'generate_invoices'
    GROUP BY run.id HAVING count(invoice.id) <> coalesce((run.counts->>'issued')::bigint, 0)`,
  "parked billables":
    "SELECT subscription_id AS id, parked_error FROM invoicing.billables WHERE parked_error IS NOT NULL",
  "charges that are not on their invoice exactly once": `
    SELECT charges.id, charges.invoice_id, array_agg(billed.invoice) AS billed
    FROM invoicing.charges LEFT JOIN (
      SELECT invoices.id AS invoice, line->>'charge' AS charge, line->>'amount_minor' AS amount
      FROM invoicing.invoices, jsonb_array_elements(lines) AS line WHERE line->>'charge' IS NOT NULL
    ) AS billed ON billed.charge = charges.id::text
    GROUP BY charges.id
    HAVING array_remove(array_agg(billed.invoice), NULL)
             <> array_remove(ARRAY[charges.invoice_id], NULL)
        OR min(billed.amount) <> charges.amount_minor::text`,
  "charges that the next invoice has left out": `
    SELECT charges.id FROM invoicing.charges
    WHERE invoice_id IS NULL AND EXISTS (
      SELECT FROM invoicing.invoices
      WHERE invoices.customer_id = charges.customer_id AND invoices.currency = charges.currency
        AND uuid_extract_timestamp(invoices.id) > uuid_extract_timestamp(charges.id) + interval '10 seconds'
    )`,
  "billing events without exactly one run": `
    SELECT event.id, event.type, count(run.id) AS runs
    FROM (SELECT DISTINCT id, type FROM cron.outbox
          WHERE type IN ('billing.invoices_due', 'billing.overdue_due')) AS event
    LEFT JOIN invoicing.billing_runs AS run ON run.event_id = event.id
    GROUP BY event.id, event.type HAVING count(run.id) <> 1`,
  "slots without exactly one event": `
    SELECT slots.job AS id, slots.slot, count(event.id) AS events
    FROM cron.slots LEFT JOIN (SELECT DISTINCT id, type, payload->>'as_of' AS as_of FROM cron.outbox) AS event
      ON event.type = slots.job AND event.as_of = slots.as_of::text
    GROUP BY slots.job, slots.slot HAVING count(event.id) <> 1`,
  "failed deliveries": "SELECT id, kind, error FROM notifications.deliveries WHERE status = 'failed'",
  "duplicate deliveries": `
    SELECT invoice_id AS id, kind, day FROM notifications.deliveries
    GROUP BY invoice_id, kind, day HAVING count(*) > 1`,
  "customers without a contact": `
    SELECT subject_id AS id FROM identity.outbox WHERE type = 'customer.created'
      AND NOT EXISTS (SELECT FROM notifications.customers WHERE id::text = subject_id)`,
  "webhooks that were not processed":
    "SELECT id, type, error FROM payments.stripe_events WHERE processed_at IS NULL",
  "payments that contradict the bank":
    "SELECT id, last_error_message FROM payments.payments WHERE last_error_code = 'contradicted'",
};

/** The rows that break a rule which holds for every story. */
export async function readViolations(db: Knex): Promise<string[]> {
  const deadLetters = SCHEMAS.map(
    (schema) => `SELECT id, '${schema}' AS consumer, type, error FROM ${schema}.dead_letters`,
  ).join(" UNION ALL ");
  const findings: string[] = [];
  for (const [rule, sql] of Object.entries({ ...VIOLATIONS, "dead letters": deadLetters })) {
    const { rows } = await db.raw<{ rows: object[] }>(sql);
    findings.push(...rows.map((row) => `${rule}: ${JSON.stringify(row)}`));
  }
  return findings;
}

/** The last invoice number that was taken, -1 without a counter. */
export async function readLastNumber(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { last: number }[] }>(
    "SELECT last_sequence AS last FROM invoicing.invoice_counter",
  );
  return rows[0]?.last ?? -1;
}

/** All subscriptions. */
export async function readSubscriptions(
  db: Knex,
): Promise<{ id: string; status: string; end_date: string | null }[]> {
  const { rows } = await db.raw<{ rows: { id: string; status: string; end_date: string | null }[] }>(
    "SELECT id, status, end_date FROM subscriptions.subscriptions",
  );
  return rows;
}

/** @param from a table, or `table WHERE condition` */
export async function count(db: Knex, from: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(`SELECT count(*) FROM ${from}`);
  return rows[0]?.count ?? 0;
}
