import { serviceUrls } from "../../shared/db/service-url";
import { callAs } from "../../shared/service/call";
import { OPERATOR } from "../../shared/service/caller";
import { createObserver } from "../../shared/process/create-broker";
import { loadConfig } from "../../shared/config/config";
import { openDatabase } from "../../shared/db/open-database";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { startOwnPostgres } from "../support/own-postgres";

/**
 * Measures the audit of correct books: `node --import tsx tests/bench/audit.ts [1000000]`, with as many
 * subscriptions, billables, invoices of one line and succeeded payments.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 1_000_000);
  const postgres = await startOwnPostgres();
  try {
    await prepareDatabases(postgres.url);
    await fill(postgres.url, count);
    const broker = createObserver(
      loadConfig({ DATABASE_URL: postgres.url, LOG_LEVEL: "warn" }),
      serviceUrls(postgres.url),
    );
    await broker.start();
    try {
      for (let round = 0; round < 3; round++) {
        const report = await callAs(broker, OPERATOR)("invoicing.auditBooks", {});
        console.log(
          `${count} invoices: ${(report.took_ms / 1000).toFixed(1)} s, ${report.findings} findings`,
        );
      }
    } finally {
      await broker.stop();
    }
  } finally {
    await postgres.remove();
  }
}

async function fill(url: string, count: number): Promise<void> {
  const db = openDatabase({ url, schema: "public", poolSize: 1 });
  try {
    await db.raw("SET statement_timeout = 0");
    for (const statement of STATEMENTS) await db.raw(statement.replaceAll(":count", String(count)));
  } finally {
    await db.destroy();
  }
}

const STATEMENTS = [
  `INSERT INTO subscriptions.subscriptions
     (customer_id, plan_id, product, start_date, currency, interval, interval_count, trial_days,
      created_on, created_at)
   SELECT gen_random_uuid(), gen_random_uuid(), 'default', '2026-01-31', 'usd', 'month', 1, 0,
          '2026-01-31', '2026-01-31'
   FROM generate_series(1, :count)`,
  `INSERT INTO invoicing.billables
     (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_index,
      next_start)
   SELECT id, customer_id, plan_id, created_at, created_on, start_date, interval '1 month', 1, '2026-02-28'
   FROM subscriptions.subscriptions`,
  `INSERT INTO invoicing.invoices
     (sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end, anchor, step,
      lines, subtotal_minor, amount_minor, currency, issue_date, due_date, status, paid_at, paid_minor,
      payment_id)
   SELECT row_number() OVER (), subscription_id, customer_id, plan_id, 0, anchor, next_start, anchor, step,
          '[{"item":"base","description":"Test","quantity":1,"unit_amount_minor":900,"amount_minor":900,
             "price_from":"1970-01-01T00:00:00Z"}]',
          900, 900, 'usd', anchor, anchor + 7, 'paid', now(), 900, uuidv7()
   FROM invoicing.billables`,
  "UPDATE invoicing.invoice_counter SET last_sequence = :count",
  `INSERT INTO payments.payments
     (id, invoice_id, attempt, stripe_payment_intent_id, livemode, amount_minor, currency, status, settled_at)
   SELECT payment_id, id, 1, 'pi_' || id, false, amount_minor, currency, 'succeeded', paid_at
   FROM invoicing.invoices`,
  "VACUUM ANALYZE",
];

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
