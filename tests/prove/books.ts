import { SCHEMAS } from "../../shared/process/prepare-databases";
import type { Knex } from "../../shared/db/open-database";

/** An invoice with what else the books say of it. */
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
  payments: number;
  paid_minor: number | null;
  paid_currency: string | null;
  told_issued: number;
  told_paid: number;
  told_overdue: number;
  mailed_invoice: number;
  mailed_receipt: number;
}

/**
 * Reads the invoices across the services' schemas, as an auditor with all keys could. Events that came twice
 * count once.
 */
export async function readInvoices(db: Knex): Promise<BookedInvoice[]> {
  const told = (type: string) =>
    `(SELECT count(DISTINCT id) FROM invoicing.outbox WHERE type = '${type}' AND subject_id = invoices.id::text)`;
  const mailed = (kind: string) =>
    `(SELECT count(*) FROM notifications.deliveries WHERE kind = '${kind}' AND invoice_id = invoices.id)`;
  const { rows } = await db.raw<{ rows: BookedInvoice[] }>(
    `SELECT invoices.*,
            (SELECT sum(amount_minor)::bigint FROM invoicing.invoice_lines WHERE invoice_id = invoices.id) AS lines_minor,
            (SELECT count(*) FROM payments.payments WHERE invoice_id = invoices.id AND status = 'succeeded') AS payments,
            (SELECT max(amount_minor) FROM payments.payments WHERE invoice_id = invoices.id AND status = 'succeeded') AS paid_minor,
            (SELECT max(currency::text) FROM payments.payments WHERE invoice_id = invoices.id AND status = 'succeeded') AS paid_currency,
            ${told("invoice.issued")} AS told_issued, ${told("invoice.paid")} AS told_paid, ${told("invoice.overdue")} AS told_overdue,
            ${mailed("invoice_issued")} AS mailed_invoice, ${mailed("receipt")} AS mailed_receipt
     FROM invoicing.invoices ORDER BY sequence`,
  );
  return rows;
}

/** What must not be in the books at all: each statement gives the ids of what breaks its rule. */
const FORBIDDEN: Record<string, string> = {
  "runs that did not end well":
    "SELECT id, kind, status, error FROM invoicing.billing_runs WHERE status <> 'done'",
  "runs that miscount": `
    SELECT run.id, run.counts->>'issued' AS issued, count(invoice.id) AS invoices
    FROM invoicing.billing_runs AS run LEFT JOIN invoicing.invoices AS invoice ON invoice.run_id = run.id
    WHERE run.kind = 'generate_invoices' GROUP BY run.id HAVING count(invoice.id) <> coalesce((run.counts->>'issued')::bigint, 0)`,
  "billables that were set aside":
    "SELECT subscription_id AS id, parked_error FROM invoicing.billables WHERE parked_error IS NOT NULL",
  "events of the timetable that have not one run each": `
    SELECT event.id, event.type, count(run.id) AS runs
    FROM (SELECT DISTINCT id, type FROM cron.outbox WHERE type IN ('billing.invoices_due', 'billing.overdue_due')) AS event
    LEFT JOIN invoicing.billing_runs AS run ON run.event_id = event.id GROUP BY event.id, event.type HAVING count(run.id) <> 1`,
  "slots that have not one event each": `
    SELECT slots.job AS id, slots.slot, count(event.id) AS events
    FROM cron.slots LEFT JOIN (SELECT DISTINCT id, type, payload->>'as_of' AS as_of FROM cron.outbox) AS event
      ON event.type = slots.job AND event.as_of = slots.as_of::text
    GROUP BY slots.job, slots.slot HAVING count(event.id) <> 1`,
  "deliveries that failed": "SELECT id, kind, error FROM notifications.deliveries WHERE status = 'failed'",
  "deliveries of one invoice, kind and day": `
    SELECT invoice_id AS id, kind, day FROM notifications.deliveries GROUP BY invoice_id, kind, day HAVING count(*) > 1`,
  "customers whom notifications does not know": `
    SELECT subject_id AS id FROM identity.outbox WHERE type = 'user.registered'
      AND NOT EXISTS (SELECT FROM notifications.contacts WHERE user_id::text = subject_id)`,
  "webhooks that were not acted on":
    "SELECT id, type, error FROM payments.stripe_events WHERE processed_at IS NULL",
  "payments that contradict the bank":
    "SELECT id, last_error_message FROM payments.payments WHERE last_error_code = 'contradicted'",
};

/** What breaks a rule that holds whatever the story was. */
export async function readForbidden(db: Knex): Promise<string[]> {
  const deadLetters = SCHEMAS.map(
    (schema) => `SELECT id, '${schema}' AS consumer, type, error FROM ${schema}.dead_letters`,
  ).join(" UNION ALL ");
  const findings: string[] = [];
  for (const [what, sql] of Object.entries({ ...FORBIDDEN, "events laid aside": deadLetters })) {
    const { rows } = await db.raw<{ rows: object[] }>(sql);
    findings.push(...rows.map((row) => `${what}: ${JSON.stringify(row)}`));
  }
  return findings;
}

/** The number that was given out last. */
export async function readCounter(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { last: number }[] }>(
    "SELECT last_sequence AS last FROM invoicing.invoice_counter",
  );
  return rows[0]?.last ?? -1;
}

/** Each subscription's state and end. */
export async function readSubscriptions(
  db: Knex,
): Promise<{ id: string; status: string; end_date: string | null }[]> {
  const { rows } = await db.raw<{ rows: { id: string; status: string; end_date: string | null }[] }>(
    "SELECT id, status, end_date FROM subscriptions.subscriptions",
  );
  return rows;
}

/** How much of a kind there is, for the report. */
export async function count(db: Knex, from: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(`SELECT count(*) FROM ${from}`);
  return rows[0]?.count ?? 0;
}
