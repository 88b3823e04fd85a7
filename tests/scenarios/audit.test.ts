import { randomUUID } from "node:crypto";
import { gatewayUrl } from "../../gateway/gateway.service";
import { sandboxOf } from "../../services/payments/stripe/own-sandbox";
import type { AuditReport } from "../../shared/contracts/invoicing";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { payByCard, RestClient } from "../support/http";
import { eventually, startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let admin: Knex;
let staff: RestClient;
let signUps = 0;

beforeAll(async () => {
  system = await startSystem({
    env: {
      TEST_CLOCK: "true",
      STAFF_USERNAME: "root",
      STAFF_EMAIL: "root@example.com",
      STAFF_PASSWORD: PASSWORD,
    },
  });
  admin = openDatabase({ url: system.databaseUrl, schema: "public", poolSize: 2 });
  const anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
  await system.drain();
  await system.db("cron").raw("UPDATE clock SET moved_to = '2031-01-31T10:00:00Z'");
  await sandboxOf(system.broker).deliverTo(`${gatewayUrl(system.broker)}/api/stripe/webhook/`);
  await billThreePeriods(anyone);
}, 60_000);
afterAll(async () => {
  await admin.destroy();
  await system.stop();
});

interface Customer {
  client: RestClient;
  id: string;
  subscription: string;
}
/** Pays every invoice · pays none · cancels on the first day of a period · has a free plan. */
let customers: Record<"paying" | "late" | "leaving" | "free", Customer>;

async function signUp(anyone: RestClient, body: object): Promise<Customer> {
  const username = `customer-${++signUps}`;
  const user = await anyone.post("/api/users/", {
    username,
    email: `${username}@example.com`,
    password: PASSWORD,
  });
  const client = await anyone.signIn(username, PASSWORD);
  const subscribed = await client.post("/api/subscriptions/", body);
  expect(subscribed).toMatchObject({ status: 201 });
  await system.drain();
  return {
    client,
    id: (user.body as { id: string }).id,
    subscription: (subscribed.body as { id: string }).id,
  };
}

async function pay({ client }: Customer, invoiceId: string): Promise<void> {
  const { body } = await client.post("/api/create-payment-intent/", { invoice: invoiceId });
  await payByCard(sandboxOf(system.broker).url, body, "pm_card_visa");
  expect((await client.post("/api/payment-success/", { invoice: invoiceId })).status).toBe(200);
}

/** The customer's invoices, oldest first. */
async function invoicesOf({ client }: Customer): Promise<{ id: string; number: string }[]> {
  return ((await client.get("/api/invoices/")).body as { id: string; number: string }[]).toReversed();
}

/** Bills three periods of two days for each customer. */
async function billThreePeriods(anyone: RestClient): Promise<void> {
  for (const [name, price] of [
    ["Short", "5.00"],
    ["Free", "0.00"],
  ]) {
    await staff.post("/api/plans/", { name, price, currency: "usd", interval: "day", interval_count: 2 });
  }
  customers = {
    paying: await signUp(anyone, { plan: "Short" }),
    late: await signUp(anyone, { plan: "Short" }),
    leaving: await signUp(anyone, { plan: "Short" }),
    free: await signUp(anyone, { plan: "Free" }),
  };
  for (const now of ["2031-02-02T12:00:00Z", "2031-02-04T12:00:00Z"]) {
    for (const { id } of (await invoicesOf(customers.paying)).slice(-1)) await pay(customers.paying, id);
    expect(await staff.post("/api/test-clock/", { now })).toMatchObject({ status: 200 });
  }
  // This day is the first of a period, which was billed in the morning.
  await customers.leaving.client.post(
    `/api/subscriptions/${customers.leaving.subscription}/unsubscribe/`,
    {},
  );
  await system.drain();
}

async function audit(): Promise<AuditReport> {
  const answer = await staff.get("/api/audit/");
  expect(answer.status).toBe(200);
  return answer.body;
}

const found = ({ checks }: AuditReport) =>
  Object.fromEntries(
    checks
      .filter(({ findings }) => findings > 0)
      .map(({ service, check, ids }) => [`${service}.${check}`, ids]),
  );

it("finds nothing wrong in correct books, and describes each check", async () => {
  const report = await audit();
  expect(found(report)).toEqual({});
  expect(report).toMatchObject({ clean: true, findings: 0 });
  expect(report.checks.length).toBeGreaterThan(40);
  expect(report.checks.every(({ says }) => says.length > 10)).toBe(true);
  expect(await system.db("invoicing")("invoices")).toHaveLength(12);
});

it("is for staff only", async () => {
  expect((await customers.paying.client.get("/api/audit/")).status).toBe(403);
  expect((await new RestClient(gatewayUrl(system.broker)).get("/api/audit/")).status).toBe(401);
});

it("finds nothing wrong in a payment and a subscription whose events are not consumed yet", async () => {
  const [invoice] = await invoicesOf(customers.late);
  // As payments writes them, but without the doorbell, so that invoicing does not consume them at once.
  await admin.raw(
    `WITH payment AS (
       INSERT INTO payments.payments
         (invoice_id, attempt, stripe_payment_intent_id, livemode, amount_minor, currency, status, settled_at)
       VALUES (:invoice, 1, 'pi_quiet', false, 500, 'usd', 'succeeded', '2031-02-04T12:00:00Z') RETURNING *
     )
     INSERT INTO payments.outbox (type, subject_id, payload)
     SELECT 'payment.succeeded', id, jsonb_build_object(
       'payment_id', id, 'invoice', invoice_id, 'stripe_payment_intent_id', 'pi_quiet',
       'amount_minor', amount_minor, 'currency', currency, 'paid_at', '2031-02-04T12:00:00.000Z')
     FROM payment`,
    { invoice: invoice?.id ?? "" },
  );
  const { id: customer } = await system.call("identity.createCustomer", { name: "One more" });
  await system.call("subscriptions.createSubscription", { plan: "Short", customer });
  expect(found(await audit())).toEqual({});
});

describe("the explanation of an invoice", () => {
  const explain = async ({ client }: Customer, id: string) => client.get(`/api/invoices/${id}/explain/`);

  it("has the run and its event, the period, the price, payments, webhooks and mails", async () => {
    const [, second] = await invoicesOf(customers.paying);
    const explanation = await eventually(async () => {
      const { body } = (await explain(customers.paying, second?.id ?? "")) as {
        body: { webhooks: { processed_at: string | null }[] };
      };
      return body.webhooks.some(({ processed_at }) => processed_at !== null) ? body : undefined;
    });
    const [event] = await system
      .db("cron")("outbox")
      .where({ type: "billing.invoices_due" })
      .whereRaw("payload->>'as_of' = '2031-02-02'");
    expect(explanation).toMatchObject({
      invoice: { id: second?.id, status: "paid", amount: "5.00" },
      subscription: {
        id: customers.paying.subscription,
        status: "active",
        plan_name: "Short",
        start_date: "2031-01-31",
        end_date: null,
      },
      period: { index: 1, anchor: "2031-01-31", step: "2 days", start: "2031-02-02", end: "2031-02-04" },
      prices: [{ item: "base", amount: "5.00", currency: "usd", effective_from: "1970-01-01T00:00:00Z" }],
      issued_by: "timetable",
      run: { as_of: "2031-02-02", event_id: event.id },
      payments: [{ attempt: 1, status: "succeeded", amount: "5.00", refunded: "0.00" }],
      deliveries: expect.arrayContaining([
        expect.objectContaining({ kind: "invoice_issued" }),
        expect.objectContaining({ kind: "receipt" }),
      ]),
    });
    expect(explanation.webhooks.map((webhook) => (webhook as unknown as { type: string }).type)).toContain(
      "payment_intent.succeeded",
    );
    expect(JSON.stringify(explanation)).toContain("2031-01-31 + 1 × 2 days = 2031-02-02");
    expect(JSON.stringify(explanation)).not.toMatch(/secret|payload/);
  });

  it("says that a first invoice came with the subscription, and why a free one is paid", async () => {
    const [first] = await invoicesOf(customers.free);
    const { body } = await explain(customers.free, first?.id ?? "");
    expect(body).toMatchObject({ issued_by: "subscription", run: null, payments: [], webhooks: [] });
    expect((body as { because: string[] }).because.join(" ")).toMatch(
      /at once, because the subscription was new.*nothing to pay/,
    );
  });

  it("is for the owner and staff only", async () => {
    const [invoice] = await invoicesOf(customers.late);
    const path = `/api/invoices/${invoice?.id}/explain/`;
    expect((await customers.late.client.get(path)).status).toBe(200);
    expect((await staff.get(path)).status).toBe(200);
    expect((await customers.paying.client.get(path)).status).toBe(404);
    expect((await staff.get(`/api/invoices/${randomUUID()}/explain/`)).status).toBe(404);
    expect((await new RestClient(gatewayUrl(system.broker)).get(path)).status).toBe(401);
  });
});

/**
 * Writes a subscription with three billed and paid periods.
 * @returns its id and those of its invoices, oldest first
 */
async function writeCorrectBooks(): Promise<{ subscription: string; invoices: string[] }> {
  const { rows } = await admin.raw<{ rows: { subscription: string; invoices: string[] }[] }>(`
    WITH subscription AS (
      INSERT INTO subscriptions.subscriptions
        (customer_id, plan_id, product, start_date, currency, interval, interval_count, trial_days,
         created_on, created_at)
      VALUES (gen_random_uuid(), gen_random_uuid(), 'default', '2030-01-31', 'usd', 'year', 1, 0,
              '2030-01-31', '2030-01-31') RETURNING *
    ), billable AS (
      INSERT INTO invoicing.billables
        (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_index,
         next_start)
      SELECT id, customer_id, plan_id, created_at, created_on, start_date, interval '1 year', 3, '2033-01-31'
      FROM subscription
    ), counter AS (
      UPDATE invoicing.invoice_counter SET last_sequence = last_sequence + 3
      RETURNING last_sequence - 3 AS base
    ), invoice AS (
      INSERT INTO invoicing.invoices
        (id, sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end,
         lines, subtotal_minor, amount_minor, currency, issue_date, due_date, status, paid_at, paid_minor,
         payment_id)
      SELECT gen_random_uuid(), base + 1 + n, id, customer_id, plan_id, n, start_date + n * interval '1 year',
             start_date + (n + 1) * interval '1 year',
             '[{"description":"Test","quantity":1,"unit_amount_minor":900,"amount_minor":900}]',
             900, 900, 'usd', '2030-01-31', '2030-02-07', 'paid', now(), 900, gen_random_uuid()
      FROM subscription, counter, generate_series(0, 2) AS n
      RETURNING *
    ), payment AS (
      INSERT INTO payments.payments
        (id, invoice_id, attempt, stripe_payment_intent_id, livemode, amount_minor, currency, status,
         settled_at)
      SELECT payment_id, id, 1, 'pi_' || id, false, 900, 'usd', 'succeeded', paid_at FROM invoice
    )
    SELECT subscription_id AS subscription, array_agg(id ORDER BY period_index) AS invoices
    FROM invoice GROUP BY 1`);
  return rows[0] as { subscription: string; invoices: string[] };
}

/** Drops the constraints with which Postgres refuses wrong books. */
async function dropConstraints(): Promise<void> {
  const { rows } = await admin.raw<{ rows: { drop: string }[] }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS drop
     FROM pg_constraint
     WHERE contype IN ('c', 'u', 'x', 'f') AND conrelid <> 0
       AND connamespace::regnamespace::text IN ('invoicing', 'payments', 'subscriptions')
       AND conname <> 'stripe_events_pkey'`,
  );
  for (const { drop } of rows) await admin.raw(drop);
  await admin.raw(
    `DROP TRIGGER documents_never_change ON invoicing.invoices;
     DROP INDEX payments.payments_one_per_invoice; DROP INDEX subscriptions.one_active_subscription`,
  );
}

type Books = Awaited<ReturnType<typeof writeCorrectBooks>>;
type Ids = (
  books: Books & { number: (offset: number) => string; other: string; payments: string[] },
) => string[];
const invoice =
  (index: number) =>
  ({ invoices }: Books) => [invoices[index] ?? ""];
const subscription = ({ subscription: id }: Books) => [id];

/**
 * Errors in books, the SQL that causes each, and the checks that must find it, with the ids that they must
 * report.
 */
const ERRORS: [string, string, Record<string, Ids>][] = [
  [
    "a missing invoice",
    "DELETE FROM invoicing.invoices WHERE id = :middle",
    {
      "invoicing.periods_billed_once": subscription,
      "invoicing.payments_have_paid_invoices": invoice(1),
      "invoicing.numbers_gapless": ({ number }) => [number(1)],
    },
  ],
  [
    "a period that was billed twice",
    `INSERT INTO invoicing.invoices
       (id, sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end,
        lines, subtotal_minor, amount_minor, currency, issue_date, due_date, status, paid_at)
     SELECT :other, sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end,
            '[{"quantity":1,"unit_amount_minor":0,"amount_minor":0}]',
            0, 0, currency, issue_date, due_date, status, paid_at
     FROM invoicing.invoices WHERE id = :middle`,
    {
      "invoicing.periods_billed_once": subscription,
      "invoicing.numbers_gapless": ({ number }) => [number(1)],
    },
  ],
  [
    "a period with a wrong end",
    "UPDATE invoicing.invoices SET period_end = period_end + 3 WHERE id = :middle",
    {
      "invoicing.periods_from_anchor": invoice(1),
      "invoicing.periods_do_not_overlap": invoice(2),
    },
  ],
  [
    "a billable without a next period",
    "UPDATE invoicing.billables SET next_start = NULL WHERE subscription_id = :subscription",
    {
      "invoicing.next_periods_known": subscription,
    },
  ],
  [
    "a billable that skipped a period",
    `UPDATE invoicing.billables SET next_index = 4, next_start = '2034-01-31'
     WHERE subscription_id = :subscription`,
    { "invoicing.periods_billed_once": subscription },
  ],
  [
    "a period that is due and was not billed",
    `DELETE FROM invoicing.invoices WHERE subscription_id = :subscription AND id <> :first;
     UPDATE invoicing.billables SET next_index = 1, next_start = '2031-01-31'
     WHERE subscription_id = :subscription`,
    {
      "invoicing.due_periods_billed": subscription,
      "invoicing.payments_have_paid_invoices": ({ invoices }) => invoices.slice(1),
    },
  ],
  [
    "a parked billable",
    `UPDATE invoicing.billables SET parked_error = 'test', parked_at = now()
     WHERE subscription_id = :subscription`,
    {
      "invoicing.nothing_parked": subscription,
    },
  ],
  [
    "an invoice number above the counter",
    "UPDATE invoicing.invoices SET sequence = 1000000 + sequence WHERE id = :middle",
    {
      "invoicing.numbers_counted": ({ number }) => [number(1_000_001)],
    },
  ],
  [
    "a line with a wrong amount",
    `UPDATE invoicing.invoices SET lines = '[{"quantity":1,"unit_amount_minor":901,"amount_minor":901}]'
     WHERE id = :middle`,
    {
      "invoicing.totals_are_lines": invoice(1),
    },
  ],
  [
    "a line that is not quantity × unit amount",
    `UPDATE invoicing.invoices SET lines = '[{"quantity":2,"unit_amount_minor":900,"amount_minor":900}]'
     WHERE id = :middle`,
    { "invoicing.totals_are_lines": invoice(1) },
  ],
  [
    "an invoice without lines",
    "UPDATE invoicing.invoices SET lines = '[]' WHERE id = :middle",
    { "invoicing.totals_are_lines": invoice(1) },
  ],
  [
    "a discount that the total leaves out",
    "UPDATE invoicing.invoices SET discount_minor = 100 WHERE id = :middle",
    { "invoicing.amounts_add_up": invoice(1) },
  ],
  [
    "tax that the total leaves out",
    "UPDATE invoicing.invoices SET tax_minor = 100 WHERE id = :middle",
    { "invoicing.amounts_add_up": invoice(1) },
  ],
  [
    "an invoice with more credited than it is worth",
    "UPDATE invoicing.invoices SET credited_minor = 1, paid_minor = 900 WHERE id = :middle",
    { "invoicing.amounts_add_up": invoice(1), "invoicing.states_tell_the_truth": invoice(1) },
  ],
  [
    "a paid invoice of which something is due",
    "UPDATE invoicing.invoices SET paid_minor = 899 WHERE id = :middle",
    { "invoicing.states_tell_the_truth": invoice(1) },
  ],
  [
    "a paid invoice without a time of payment",
    "UPDATE invoicing.invoices SET paid_at = NULL WHERE id = :middle",
    {
      "invoicing.states_tell_the_truth": invoice(1),
    },
  ],
  [
    "an unpaid invoice over zero",
    `UPDATE invoicing.invoices
     SET amount_minor = 0, subtotal_minor = 0, paid_minor = 0, status = 'pending', paid_at = NULL,
         payment_id = NULL, lines = '[{"quantity":1,"unit_amount_minor":0,"amount_minor":0}]'
     WHERE id = :middle;
     DELETE FROM payments.payments WHERE invoice_id = :middle`,
    { "invoicing.states_tell_the_truth": invoice(1) },
  ],
  [
    "a paid invoice without its payment",
    "DELETE FROM payments.payments WHERE invoice_id = :middle",
    {
      "invoicing.paid_invoices_have_payments": invoice(1),
    },
  ],
  [
    "a payment of an unpaid invoice",
    `UPDATE invoicing.invoices SET status = 'pending', paid_at = NULL, payment_id = NULL, paid_minor = 0
     WHERE id = :middle`,
    { "invoicing.payments_have_paid_invoices": invoice(1) },
  ],
  [
    "a payment with a wrong amount",
    "UPDATE payments.payments SET amount_minor = 899 WHERE invoice_id = :middle",
    {
      "invoicing.payments_fit_invoices": invoice(1),
    },
  ],
  [
    "a payment with a wrong currency",
    "UPDATE payments.payments SET currency = 'eur' WHERE invoice_id = :middle",
    {
      "invoicing.payments_fit_invoices": invoice(1),
    },
  ],
  [
    "a refund that is missing in invoicing",
    `UPDATE payments.payments SET refunded_minor = 100 WHERE invoice_id = :middle;
     INSERT INTO payments.refunds
     SELECT 're_' || id, id, 100, 'usd', 'succeeded', NULL, NULL, '2020-01-01'
     FROM payments.payments WHERE invoice_id = :middle`,
    { "invoicing.refunds_agree": invoice(1) },
  ],
  [
    "a subscription that is not billed",
    "DELETE FROM invoicing.billables WHERE subscription_id = :subscription",
    { "invoicing.subscriptions_are_billed": subscription, "invoicing.periods_billed_once": subscription },
  ],
  [
    "a billable without a subscription",
    "DELETE FROM subscriptions.subscriptions WHERE id = :subscription",
    {
      "invoicing.billed_are_subscriptions": subscription,
    },
  ],
  [
    "an end date that is missing in invoicing",
    "UPDATE subscriptions.subscriptions SET end_date = '2040-01-01' WHERE id = :subscription",
    { "invoicing.billed_as_subscribed": subscription },
  ],
  [
    "a period that starts on the end date",
    `UPDATE subscriptions.subscriptions SET end_date = '2032-01-31' WHERE id = :subscription;
     UPDATE invoicing.billables SET end_date = '2032-01-31', next_start = NULL
     WHERE subscription_id = :subscription`,
    { "invoicing.nothing_billed_after_end": invoice(2) },
  ],
  [
    "refunds that do not add up",
    `INSERT INTO payments.refunds
     SELECT 're_' || id, id, 7, 'usd', 'succeeded', NULL, NULL, '2020-01-01'
     FROM payments.payments WHERE invoice_id = :middle`,
    {
      "payments.refunds_add_up": ({ payments }) => [payments[1] ?? ""],
    },
  ],
  [
    "a payment that Stripe contradicts",
    `INSERT INTO payments.payments
       (id, invoice_id, attempt, livemode, amount_minor, currency, last_error_code)
     VALUES (:other, :other, 1, false, 900, 'usd', 'contradicted')`,
    { "payments.nothing_contradicted": ({ other }) => [other] },
  ],
  [
    "a payment that succeeded without an intent",
    "UPDATE payments.payments SET stripe_payment_intent_id = NULL WHERE invoice_id = :middle",
    {
      "payments.succeeded_on_stripes_word": ({ payments }) => [payments[1] ?? ""],
    },
  ],
  [
    "a webhook that is not processed",
    `INSERT INTO payments.stripe_events (id, type, payload, received_at, next_try_at)
     VALUES ('evt_stuck', 'payment_intent.succeeded', '{}',
             now() - interval '1 hour', now() + interval '1 hour')`,
    { "payments.webhooks_acted_on": () => ["evt_stuck"] },
  ],
  [
    "a billing run that does not end",
    `INSERT INTO invoicing.billing_runs (id, kind, as_of, status, created_at)
     VALUES (:other, 'send_reminders', '2031-02-04', 'running', now() - interval '1 hour')`,
    { "invoicing.runs_finish": ({ other }) => [other] },
  ],
  [
    "two active subscriptions of one user",
    `UPDATE subscriptions.subscriptions SET customer_id = :first WHERE id = :subscription;
     UPDATE invoicing.billables SET customer_id = :first WHERE subscription_id = :subscription;
     INSERT INTO subscriptions.subscriptions
       (id, customer_id, plan_id, product, start_date, currency, interval, interval_count, trial_days,
        created_on, created_at)
     VALUES (:other, :first, :first, 'default', '2040-01-01', 'usd', 'year', 1, 0,
             '2030-01-01', '2030-01-01');
     INSERT INTO invoicing.billables
       (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_start)
     VALUES (:other, :first, :first, '2030-01-01', '2030-01-01', '2040-01-01', interval '1 year',
             '2040-01-01')`,
    { "subscriptions.one_active_subscription": invoice(0) },
  ],
  [
    "a live intent that vanished at Stripe",
    `INSERT INTO payments.payments
       (id, invoice_id, attempt, livemode, amount_minor, currency, last_error_code)
     VALUES (:other, :other, 1, true, 100, 'usd', 'intent_missing')`,
    { "payments.live_intents_exist": ({ other }) => [other] },
  ],
  [
    "a success at Stripe that is not booked",
    `INSERT INTO payments.unbooked_payments
       (id, stripe_payment_intent_id, stripe_amount, currency, livemode, reason)
     VALUES (:other, 'pi_unbooked', 100, 'usd', true, 'test')`,
    { "payments.successes_booked": ({ other }) => [other] },
  ],
  [
    "a plan without a price",
    `INSERT INTO catalog.plans
       (id, name, product, currency, interval, interval_count, trial_days, description)
     VALUES (:other, 'Unpriced', 'default', 'usd', 'month', 1, 0, '')`,
    { "catalog.plans_priced": ({ other }) => [other] },
  ],
  [
    "a dead-lettered event",
    `INSERT INTO notifications.dead_letters
       (id, producer, type, subject_id, payload, occurred_at, error, attempts)
     VALUES (:other, 'invoicing', 'invoice.issued', 'x', '{}', now(), 'test', 5)`,
    { "notifications.dead_letters": ({ other }) => [other] },
  ],
  [
    "an event that is not consumed",
    `CREATE FUNCTION invoicing.stuck() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE 'locked' USING ERRCODE = '55P03'; END $$;
     CREATE TRIGGER stuck BEFORE UPDATE ON invoicing.cursors
       FOR EACH ROW WHEN (new.producer = 'cron') EXECUTE FUNCTION invoicing.stuck();
     INSERT INTO cron.outbox (id, type, subject_id, payload, occurred_at)
     VALUES (:other, 'billing.overdue_due', 'x', '{"as_of": "2031-02-04"}', now() - interval '10 minutes')`,
    { "invoicing.events_consumed": ({ other }) => [`cron ${other}`] },
  ],
  [
    "two open payments of one invoice",
    `INSERT INTO payments.payments (invoice_id, attempt, livemode, amount_minor, currency)
     VALUES (:middle, 2, false, 900, 'usd')`,
    { "payments.one_live_payment": invoice(1) },
  ],
  [
    "a customer whom billing does not know",
    `INSERT INTO identity.customers (id, name, locale, tax_status, metadata)
     VALUES (:other, 'Lost Ltd', 'en', 'standard', '{}')`,
    { "invoicing.customers_are_known": ({ other }) => [other] },
  ],
  [
    "a customer whom only billing knows",
    "INSERT INTO invoicing.customers (id, bill_to) VALUES (:other, '{}')",
    { "invoicing.billed_are_customers": ({ other }) => [other] },
  ],
  [
    "a request that was cut off",
    `INSERT INTO catalog.idempotency_records (scope, action, key, request_sha256, created_at)
     VALUES ('operator', 'catalog.x', (:other)::text, decode(repeat('00', 32), 'hex'),
             now() - interval '1 hour')`,
    { "catalog.requests_ended": ({ other }) => [`catalog.x operator ${other}`] },
  ],
  [
    "an expired subscription without an end date",
    "UPDATE subscriptions.subscriptions SET status = 'expired' WHERE id = :subscription",
    {
      "subscriptions.ended_subscriptions_end": subscription,
    },
  ],
];

describe("errors in the books", () => {
  let report: AuditReport;
  const expected: { error: string; check: string; ids: string[] }[] = [];

  beforeAll(async () => {
    await dropConstraints();
    for (const [error, sql, checks] of ERRORS) {
      const books = await writeCorrectBooks();
      const [first = "", middle = ""] = books.invoices;
      const { sequence } = (await admin("invoicing.invoices").where({ id: first }).first("sequence")) as {
        sequence: number;
      };
      const other = randomUUID();
      const payments = (await admin("payments.payments")
        .whereIn("invoice_id", books.invoices)
        .orderByRaw("array_position(?::uuid[], invoice_id)", [books.invoices])
        .pluck("id")) as string[];
      const number = (offset: number) => `INV-${String(sequence + offset).padStart(8, "0")}`;
      for (const statement of sql.split(";\n")) {
        const all: Record<string, string> = { first, middle, subscription: books.subscription, other };
        await admin.raw(
          statement.replaceAll(
            /:(first|middle|subscription|other)\b/g,
            (_, name: string) => `'${all[name]}'::uuid`,
          ),
        );
      }
      for (const [check, idsOf] of Object.entries(checks))
        expected.push({ error, check, ids: idsOf({ ...books, number, other, payments }) });
    }
    report = await audit();
  }, 60_000);

  it.each(ERRORS.map(([error]) => error))("are found: %s", (error) => {
    const wanted = expected.filter((each) => each.error === error);
    for (const { check, ids } of wanted)
      expect({ check, ids: found(report)[check] }).toEqual({ check, ids: expect.arrayContaining(ids) });
  });

  it("are counted, and no other check finds anything", () => {
    const checks = new Set(expected.map(({ check }) => check));
    expect(new Set(Object.keys(found(report)))).toEqual(checks);
    expect(report.clean).toBe(false);
    expect(report.findings).toBe(report.checks.reduce((sum, { findings }) => sum + findings, 0));
  });

  it("are in a metric", async () => {
    const text = await system.broker.runtime.metrics.registry.metrics();
    expect(text).toMatch(/billing_audit_findings\{.*service="invoicing",check="nothing_parked"\} 1\n/);
    expect(text).toMatch(/billing_audit_findings\{.*service="identity",check="dead_letters"\} 0\n/);
  });
});
