import { randomUUID } from "node:crypto";
import * as namesInCatalog from "../../../services/catalog/migrations/0003_reference_names";
import * as customersInIdentity from "../../../services/identity/migrations/0004_customers";
import * as linksInIdentity from "../../../services/identity/migrations/0006_account_links";
import * as customersInInvoicing from "../../../services/invoicing/migrations/0004_customers";
import * as namesInInvoicing from "../../../services/invoicing/migrations/0005_reference_names";
import * as documentsInInvoicing from "../../../services/invoicing/migrations/0008_documents";
import * as customersInNotifications from "../../../services/notifications/migrations/0002_customers";
import * as namesInPayments from "../../../services/payments/migrations/0002_reference_names";
import * as customersInSubscriptions from "../../../services/subscriptions/migrations/0002_customers";
import * as namesInSubscriptions from "../../../services/subscriptions/migrations/0003_reference_names";
import { contracts, eventContract } from "../../../shared/contracts";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { createDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const [ada, bob, plan, subscription, invoice] = Array.from({ length: 5 }, () => randomUUID());

type Migration = Record<"up" | "down", (knex: Knex) => Promise<void>>;

/** All rows of a schema, by table. */
async function stored(db: Knex, schema: string): Promise<Record<string, object[]>> {
  const tables = (await db("pg_tables")
    .where({ schemaname: schema })
    .whereNot("tablename", "like", "knex%")
    .pluck("tablename")) as string[];
  const rows: Record<string, object[]> = {};
  for (const table of tables)
    rows[table] = await db(table)
      .select(db.raw("to_jsonb(??) AS row", [table]))
      .orderByRaw("1");
  return rows;
}

/**
 * Goes back to before some migrations, writes what was stored then, and migrates. Undone, the migrations
 * leave exactly what was there before.
 */
async function migrated(
  schema: keyof typeof contracts,
  migrations: Migration[],
  old: string,
  look: (db: Knex) => Promise<void>,
): Promise<void> {
  const db = openDatabase({ url: database.url, schema, poolSize: 1 });
  try {
    for (const { down } of migrations.toReversed()) await down(db);
    for (const statement of old.split(";"))
      await db.raw(statement, { ada, bob, plan, subscription, invoice });
    const before = await stored(db, schema);
    for (const { up } of migrations) await up(db);
    await look(db);
    for (const { type, payload } of await db("outbox"))
      expect(eventContract(type).schema.safeParse(payload).error).toBeUndefined();
    for (const { down } of migrations.toReversed()) await down(db);
    expect(await stored(db, schema)).toEqual(before);
    for (const { up } of migrations) await up(db);
  } finally {
    await db.destroy();
  }
}

describe("users who were there before are customers of the same id", () => {
  test("in identity, a deactivated one is a closed customer, and all are told to the others", async () => {
    await migrated(
      "identity",
      [customersInIdentity, linksInIdentity],
      `INSERT INTO users (id, username, email, password_hash, is_active)
       VALUES (:ada, 'ada', 'ada@example.com', '$argon2id$', true),
              (:bob, 'bob', 'bob@example.com', '$argon2id$', false)`,
      async (db) => {
        const [first, second] = await db("customers").orderBy("name");
        expect(first).toMatchObject({ id: ada, user_id: ada, email: "ada@example.com", closed_at: null });
        expect(second).toMatchObject({ id: bob, user_id: bob, closed_with_user: true });
        expect(await db("customer_users").where({ customer_id: bob, user_id: bob })).toHaveLength(1);
        const told = await db("outbox").where({ type: "customer.created" }).pluck("subject_id");
        expect(told.sort()).toEqual([ada, bob].sort());
      },
    );
  });

  test("in subscriptions, with the events that are on their way", async () => {
    await migrated(
      "subscriptions",
      [customersInSubscriptions, namesInSubscriptions],
      `INSERT INTO customers (user_id) VALUES (:ada);
       INSERT INTO subscriptions (id, user_id, plan_id, start_date, currency, interval, interval_count,
                                  trial_days, created_on, created_at)
       VALUES (:subscription, :ada, :plan, '2026-01-31', 'usd', 'month', 1, 0, '2026-01-31', '2026-01-31');
       INSERT INTO outbox (type, subject_id, payload)
       VALUES ('subscription.created', :subscription, jsonb_build_object(
                 'id', :subscription::text, 'user_id', :ada::text, 'plan_id', :plan::text, 'currency', 'usd',
                 'interval', 'month', 'interval_count', 1, 'trial_days', 0, 'start_date', '2026-01-31',
                 'end_date', NULL, 'subscribed_at', '2026-01-31T00:00:00Z', 'created_on', '2026-01-31')),
              ('subscription.cancelled', :subscription, jsonb_build_object(
                 'id', :subscription::text, 'user_id', :ada::text, 'plan_id', :plan::text,
                 'end_date', '2026-01-31'))`,
      async (db) => {
        expect(await db("subscriptions")).toMatchObject([{ customer_id: ada, product: "default" }]);
        expect(await db("customers")).toMatchObject([{ id: ada, user_id: ada }]);
        const payloads = await db("outbox").orderBy("seq").pluck("payload");
        expect(payloads).toMatchObject([{ customer: ada, product: "default" }, { customer: ada }]);
      },
    );
  });

  test("in invoicing, with the events that are on their way", async () => {
    await migrated(
      "invoicing",
      [customersInInvoicing, namesInInvoicing, documentsInInvoicing],
      `INSERT INTO invoices (id, sequence, subscription_id, user_id, plan_id, period_index, period_start,
                             period_end, amount_minor, currency, price_effective_from, issue_date, due_date,
                             status)
       VALUES (:invoice, 1, :subscription, :ada, :plan, 0, '2026-01-31', '2026-02-28', 100, 'usd',
               '2026-01-01', '2026-01-31', '2026-02-07', 'pending');
       INSERT INTO billables (subscription_id, user_id, plan_id, subscribed_at, subscribed_on, anchor, step)
       VALUES (:subscription, :ada, :plan, '2026-01-31', '2026-01-31', '2026-01-31', '1 month');
       INSERT INTO invoice_lines
       VALUES (:invoice, 1, 'Pro, 31 January 2026 to 27 February 2026', 1, 100, 100);
       INSERT INTO outbox (type, subject_id, payload)
       VALUES ('invoice.issued', :invoice, jsonb_build_object(
                 'id', :invoice::text, 'number', 'INV-00000001', 'subscription_id', :subscription::text,
                 'user_id', :ada::text, 'plan_id', :plan::text, 'period_start', '2026-01-31',
                 'period_end', '2026-02-28', 'amount_minor', 100, 'currency', 'usd',
                 'issue_date', '2026-01-31', 'due_date', '2026-02-07', 'status', 'pending'));
       INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
       VALUES (gen_random_uuid(), 'subscriptions', 'subscription.created', :subscription,
               jsonb_build_object('id', :subscription::text, 'user_id', :ada::text, 'plan_id', :plan::text),
               now(), 'test', 5)`,
      async (db) => {
        expect(await db("dead_letters").pluck("payload")).toEqual([
          { id: subscription, customer: ada, plan, product: "default" },
        ]);
        const line = { description: "Pro", quantity: 1, unit_amount_minor: 100, amount_minor: 100 };
        expect(await db("invoices")).toMatchObject([
          { customer_id: ada, bill_to: null, subtotal_minor: 100, due_minor: 100, lines: [line] },
        ]);
        expect(await db("outbox").pluck("payload")).toMatchObject([{ customer: ada }]);
      },
    );
  });

  test("in notifications, whose mails about accounts stay the users'", async () => {
    await migrated(
      "notifications",
      [customersInNotifications],
      `INSERT INTO contacts (user_id, username, email, is_active)
       VALUES (:ada, 'ada', 'ada@example.com', true), (:bob, 'bob', 'bob@example.com', false);
       INSERT INTO deliveries (kind, invoice_id, user_id, day, payload)
       VALUES ('invoice_issued', :invoice, :ada, '2026-01-31', '{}'),
              ('email_used_again', NULL, :ada, '2026-01-31', '{}');
       INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
       VALUES (gen_random_uuid(), 'invoicing', 'invoice.issued', :invoice,
               jsonb_build_object('id', :invoice::text, 'user_id', :ada::text), now(), 'test', 5)`,
      async (db) => {
        expect(await db("dead_letters").pluck("payload")).toEqual([{ id: invoice, customer: ada }]);
        expect(await db("customers").orderBy("name")).toMatchObject([
          { id: ada, name: "ada", email: "ada@example.com", is_open: true },
          { id: bob, is_open: false },
        ]);
        expect(await db("deliveries").orderBy("kind")).toMatchObject([
          { kind: "email_used_again", customer_id: null, user_id: ada },
          { kind: "invoice_issued", customer_id: ada, user_id: null },
        ]);
      },
    );
  });
});

describe("events that are on their way name other objects as REST does", () => {
  test("prices name their plan", async () => {
    await migrated(
      "catalog",
      [namesInCatalog],
      `INSERT INTO outbox (type, subject_id, payload)
       VALUES ('plan.price_set', :plan, jsonb_build_object(
                 'plan_id', :plan::text, 'amount_minor', 100, 'currency', 'usd',
                 'effective_from', '2026-01-01T00:00:00Z'))`,
      async (db) => {
        const payloads = await db("outbox").where({ subject_id: plan }).pluck("payload");
        expect(payloads).toEqual([
          { plan, amount_minor: 100, currency: "usd", effective_from: "2026-01-01T00:00:00Z" },
        ]);
      },
    );
  });

  test("payments name their invoice", async () => {
    await migrated(
      "payments",
      [namesInPayments],
      `INSERT INTO outbox (type, subject_id, payload)
       VALUES ('payment.succeeded', :invoice, jsonb_build_object(
                 'payment_id', :subscription::text, 'invoice_id', :invoice::text,
                 'stripe_payment_intent_id', 'pi_1', 'amount_minor', 100, 'currency', 'usd',
                 'paid_at', '2026-01-01T00:00:00Z'))`,
      async (db) => expect(await db("outbox").pluck("payload")).toMatchObject([{ invoice }]),
    );
  });
});
