import { randomUUID } from "node:crypto";
import type { Schema } from "../../shared/config/config";
import type { PayloadOf } from "../../shared/contracts";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { addDays } from "../../shared/time";
import { type Dump, dumpSchemas, restoreSchemas } from "../support/copy-schemas";
import { databaseVariables } from "../support/database-variables";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";
import { startProgram, startServiceProcess, type ServiceProcess } from "../support/processes";
import { eventually } from "../support/system";

jest.setTimeout(120_000);

const REST: Schema[] = ["identity", "catalog", "subscriptions", "notifications", "cron"];
const MONEY: Schema[] = ["invoicing", "payments"];
const OTHERS = "identity,catalog,subscriptions,cron";
const STRIPE = {
  STRIPE_SECRET_KEY: "sk_test_restore",
  STRIPE_PUBLISHABLE_KEY: "pk_test_restore",
  STRIPE_WEBHOOK_SECRET: "whsec_restore",
  STRIPE_API_BASE: "http://127.0.0.1:9",
};

const today = new Date().toISOString().slice(0, 10);
const yesterday = addDays(today, -1);

let nats: NatsServer;
let main: Server;
/** Where invoicing and payments have their data; another server after each restore. */
let money: Server;
let others: ServiceProcess;
let notifications: ServiceProcess;
let invoicing: ServiceProcess;
let payments: ServiceProcess;

interface Server {
  postgres: OwnPostgres;
  admin: Knex;
}
const servers: Server[] = [];

async function startServer(schemas: Schema[], restored?: Dump): Promise<Server> {
  const postgres = await startOwnPostgres();
  const server = { postgres, admin: openDatabase({ url: postgres.url, schema: "public", poolSize: 2 }) };
  servers.push(server);
  await prepareDatabases(postgres.url, schemas);
  if (restored !== undefined) await restoreSchemas(postgres.url, restored);
  return server;
}

const start = (services: string) =>
  startServiceProcess({
    ...databaseVariables(main.postgres.url, REST),
    ...databaseVariables(money.postgres.url, MONEY),
    ...STRIPE,
    SERVICES: services,
    NATS_URL: nats.urlFor(services),
  });

async function startMoney(): Promise<void> {
  [invoicing, payments] = await Promise.all([start("invoicing"), start("payments")]);
  await Promise.all([invoicing.ready(), payments.ready()]);
}

async function end(...processes: ServiceProcess[]): Promise<void> {
  for (const each of processes) each.signal("SIGTERM");
  await Promise.all(processes.map((each) => each.ended));
}

async function inConsole(command: string): Promise<{ status: number | null; output: string }> {
  const repl = startProgram("npm", ["run", "repl", "--", "--command", command], {
    NATS_URL: nats.urlFor("console"),
  });
  const { status } = await repl.ended;
  return { status, output: repl.output() };
}

async function count({ admin }: Server, from: string): Promise<number> {
  const { rows } = await admin.raw<{ rows: { count: number }[] }>(`SELECT count(*) FROM ${from}`);
  return rows[0]?.count ?? 0;
}

const untilCount = (server: Server, from: string, expected: number) =>
  eventually(async () => ((await count(server, from)) === expected ? true : undefined), 30_000);

/** Writes events as subscriptions would, for customers whose first period began yesterday, and bills them. */
async function subscribeAndBill(howMany: number): Promise<void> {
  const before = await count(money, "invoicing.billables");
  const { rows } = await main.admin.raw<{ rows: { id: string }[] }>("SELECT id FROM catalog.plans LIMIT 1");
  const payload: PayloadOf<"subscription.created"> = {
    id: "",
    customer: "",
    product: "default",
    plan: rows[0]?.id ?? "",
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    start_date: yesterday,
    end_date: null,
    subscribed_at: `${addDays(today, -2)}T12:00:00Z`,
    created_on: addDays(today, -2),
  };
  await main.admin.raw(
    `INSERT INTO subscriptions.outbox (type, subject_id, payload)
     SELECT 'subscription.created', id,
            (:payload)::jsonb || jsonb_build_object('id', id, 'customer', gen_random_uuid())
     FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :howMany)) AS ids`,
    { payload: JSON.stringify(payload), howMany },
  );
  await untilCount(money, "invoicing.billables", before + howMany);
  expect(await inConsole("billing run")).toMatchObject({ status: 0 });
}

/** Writes the event of a payment as payments would, for an invoice that is not paid. */
async function pay(): Promise<void> {
  await money.admin.raw(
    `INSERT INTO payments.outbox (type, subject_id, payload)
     SELECT 'payment.succeeded', :payment, jsonb_build_object(
       'payment_id', (:payment)::uuid, 'invoice', id, 'stripe_payment_intent_id', 'pi_test',
       'amount_minor', amount_minor, 'currency', currency, 'paid_at', '${today}T00:00:00Z')
     FROM invoicing.invoices WHERE status <> 'paid' LIMIT 1`,
    { payment: randomUUID() },
  );
}

/** How many events a process has consumed since it was started. */
async function consumed(process: ServiceProcess, consumer: string, producer: string): Promise<number> {
  return metric(process, "billing_events_consumed_total", consumer, producer);
}

async function metric(
  { operationsUrl }: ServiceProcess,
  name: string,
  consumer: string,
  producer: string,
): Promise<number> {
  const text = await (await fetch(`${operationsUrl}/metrics`)).text();
  const labels = `consumer="${consumer}",producer="${producer}"`;
  const line = text.split("\n").find((each) => each.startsWith(`${name}{`) && each.includes(labels));
  return Number(line?.split(" ")[1] ?? 0);
}

/** Events of these types in invoicing's outbox are what notifications consumes. */
const FOR_NOTIFICATIONS = "invoicing.outbox WHERE type IN ('invoice.issued', 'invoice.paid')";

/** Uses up transaction ids, so that what is here lies in the future of a new server. */
async function grow({ admin }: Server): Promise<void> {
  await admin.raw(
    "DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
  );
}

describeWithNats("services with databases on two servers", () => {
  beforeAll(async () => {
    nats = await startNats([OTHERS]);
    [main, money] = await Promise.all([startServer(REST), startServer(MONEY)]);
    await grow(money);
    [others, notifications] = await Promise.all([start(OTHERS), start("notifications")]);
    await startMoney();
    await Promise.all([others.ready(), notifications.ready()]);
  });

  afterAll(async () => {
    await Promise.all([others, notifications, invoicing, payments].map((each) => each.kill()));
    await nats.stop();
    for (const { admin, postgres } of servers) {
      await admin.destroy();
      await postgres.remove();
    }
  }, 30_000);

  it("bill, take payments and send mails", async () => {
    await subscribeAndBill(40);
    await pay();
    await untilCount(main, "notifications.deliveries WHERE kind = 'invoice_issued'", 40);
    await untilCount(main, "notifications.deliveries WHERE kind = 'receipt'", 1);
    expect(await consumed(invoicing, "invoicing", "subscriptions")).toBe(40);
    expect(await consumed(invoicing, "invoicing", "payments")).toBe(1);
    expect(await consumed(notifications, "notifications", "invoicing")).toBe(41);
  });

  it("consume each event once when one of the servers is restored into a new one", async () => {
    await end(notifications);
    await subscribeAndBill(5);
    await end(payments);
    await pay();
    await eventually(async () =>
      (await consumed(invoicing, "invoicing", "subscriptions")) === 45 ? true : undefined,
    );
    await end(invoicing);
    const wanted = await count(money, FOR_NOTIFICATIONS);

    money = await startServer(MONEY, await dumpSchemas(money.postgres.url, MONEY));
    await startMoney();
    expect(invoicing.output()).toContain("the database was restored");
    notifications = await start("notifications");
    await notifications.ready();
    await untilCount(money, "invoicing.invoices WHERE status = 'paid'", 2);
    await subscribeAndBill(5);
    await untilCount(main, "notifications.deliveries WHERE kind = 'invoice_issued'", 50);
    await untilCount(main, "notifications.deliveries WHERE kind = 'receipt'", 2);
    // 41 were consumed before; five wait since then, and come with a payment and five more.
    expect(wanted).toBe(46);
    expect(await consumed(notifications, "notifications", "invoicing")).toBe(11);
    expect(await consumed(invoicing, "invoicing", "payments")).toBe(1);
    expect(await consumed(invoicing, "invoicing", "subscriptions")).toBe(5);
  });

  it("stop when one is restored to an older day, until an operator accepts the loss", async () => {
    const older = await dumpSchemas(money.postgres.url, MONEY);
    await subscribeAndBill(3);
    await untilCount(main, "notifications.deliveries WHERE kind = 'invoice_issued'", 53);
    const before = await consumed(notifications, "notifications", "invoicing");
    await end(invoicing, payments);
    await grow(money);

    money = await startServer(MONEY, older);
    await startMoney();
    await notifications.says("invoicing was restored to an older day");
    // Invoicing's own cursor is as old: it bills the three subscriptions again, in new invoices.
    await untilCount(money, "invoicing.billables", 53);
    await inConsole("billing run");
    await untilCount(money, "invoicing.invoices", 53);
    expect(await consumed(notifications, "notifications", "invoicing")).toBe(before);
    await eventually(async () => {
      const lag = await metric(notifications, "billing_feed_lag_events", "notifications", "invoicing");
      return lag >= 3 ? true : undefined;
    });
    expect((await inConsole("billing status")).output).toMatch(/notifications +invoicing [1-9]\d* \(lost/);
    const audit = await inConsole("billing audit");
    expect(audit.status).toBe(1);
    expect(audit.output).toMatch(/notifications\.producers_not_older:\s+invoicing/);

    expect(await inConsole("billing accept-loss notifications invoicing")).toMatchObject({ status: 0 });
    await untilCount(main, "notifications.deliveries WHERE kind = 'invoice_issued'", 56);
    expect(await consumed(notifications, "notifications", "invoicing")).toBe(before + 3);
    expect(await inConsole("billing accept-loss notifications invoicing")).toMatchObject({
      status: 1,
      output: expect.stringContaining("notifications has lost nothing of invoicing"),
    });
    expect(notifications.output().match(/see accept-loss/g)).toHaveLength(1);
  });
});
