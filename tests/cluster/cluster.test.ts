import { prepareDatabases } from "../../shared/process/prepare-databases";
import { databaseVariables } from "../support/database-variables";
import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import { startSandbox, type Sandbox } from "../../services/stripe-sandbox";
import type { PayloadOf } from "../../shared/contracts";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { addDays } from "../../shared/time";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";
import {
  freePorts,
  startProgram,
  startServiceProcess,
  statusOf,
  type ServiceProcess,
} from "../support/processes";
import { eventually } from "../support/system";

jest.setTimeout(60_000);

const STRIPE = {
  secretKey: "sk_test_cluster",
  publishableKey: "pk_test_cluster",
  webhookSecret: "whsec_cluster",
};
const STAFF = { username: "boss", password: "correct horse battery staple" };
const MANY = 6_000;
const REST = "identity,catalog,subscriptions,payments,notifications,cron";

const today = new Date().toISOString().slice(0, 10);
const yesterday = addDays(today, -1);

let postgres: OwnPostgres;
let nats: NatsServer;
let sandbox: Sandbox;
let admin: Knex;
let env: Record<string, string>;
let api: string;
/** One process with all services but the gateway and invoicing. Invoicing has two processes. */
let rest: ServiceProcess;
let gateway: ServiceProcess;
let invoicing: [ServiceProcess, ServiceProcess];
let staffToken: string;

const all = () => [rest, gateway, ...invoicing];
const start = (SERVICES: string) =>
  startServiceProcess({ ...env, SERVICES, NATS_URL: nats.urlFor(SERVICES) });

async function call(method: string, path: string, { token, body }: { token?: string; body?: object } = {}) {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function logIn({ username, password }: { username: string; password: string }): Promise<string> {
  const { body } = await call("POST", "/token/", { body: { username, password } });
  return body["access"] ?? "";
}

async function count(sql: string): Promise<number> {
  const { rows } = await admin.raw<{ rows: { count: number }[] }>(`SELECT count(*) FROM ${sql}`);
  return rows[0]?.count ?? 0;
}

/**
 * Writes events as subscriptions would: customers who subscribed two days ago, with a start date of
 * yesterday.
 */
async function writeSubscriptions(howMany: number, plan: string): Promise<void> {
  const payload: PayloadOf<"subscription.created"> = {
    id: "",
    customer: "",
    product: "default",
    plan,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    start_date: yesterday,
    end_date: null,
    subscribed_at: `${addDays(today, -2)}T12:00:00Z`,
    created_on: addDays(today, -2),
  };
  await admin.raw(
    `INSERT INTO subscriptions.outbox (type, subject_id, payload)
     SELECT 'subscription.created', id,
            (:payload)::jsonb || jsonb_build_object('id', id, 'customer', gen_random_uuid())
     FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :howMany)) AS ids`,
    { payload: JSON.stringify(payload), howMany },
  );
}

/** Runs a command in an operator's console, in its own process. @returns what it prints */
async function runInConsole(command: string): Promise<string> {
  const repl = startProgram("npm", ["run", "repl", "--", "--command", command], {
    NATS_URL: nats.urlFor("console"),
  });
  const { status } = await repl.ended;
  if (status !== 0) throw new Error(`${command}:\n${repl.output()}`);
  return repl.output();
}

async function planId(): Promise<string> {
  const { body } = await call("GET", "/plans/", { token: staffToken });
  return (body as unknown as { id: string }[])[0]?.id ?? "";
}

/** Every period has exactly one invoice, and the invoice numbers have no gaps. */
async function expectExactlyOnce(): Promise<void> {
  const invoices = await count("invoicing.invoices");
  expect(
    await count("(SELECT DISTINCT subscription_id, period_start FROM invoicing.invoices) AS periods"),
  ).toBe(invoices);
  expect(await count("invoicing.billables")).toBe(invoices);
  const { rows } = await admin.raw<{ rows: { last: number; counter: number }[] }>(
    `SELECT max(sequence) AS last, max(last_sequence) AS counter
     FROM invoicing.invoices, invoicing.invoice_counter`,
  );
  expect(rows[0]).toEqual({ last: invoices, counter: invoices });
}

describeWithNats("a cluster over NATS", () => {
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    api = `http://127.0.0.1:${port}/api`;
    [postgres, nats, sandbox] = await Promise.all([
      startOwnPostgres(),
      startNats([REST]),
      startSandbox({ ...STRIPE, webhookUrl: `${api}/stripe/webhook/` }),
    ]);
    await prepareDatabases(postgres.url);
    admin = openDatabase({ url: postgres.url, schema: "public", poolSize: 2 });
    env = {
      ...databaseVariables(postgres.url),
      PORT: String(port),
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_PUBLISHABLE_KEY: STRIPE.publishableKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      STRIPE_API_BASE: sandbox.url,
      STRIPE_JS_URL: sandbox.stripeJsUrl,
      STAFF_USERNAME: STAFF.username,
      STAFF_PASSWORD: STAFF.password,
      STAFF_EMAIL: "boss@example.com",
    };
    [rest, gateway, ...invoicing] = await Promise.all([
      start(REST),
      start("gateway"),
      start("invoicing"),
      start("invoicing"),
    ]);
    await Promise.all(all().map((each) => each.ready(60_000)));
    staffToken = await eventually(async () => (await logIn(STAFF)) || undefined);
  }, 90_000);

  afterAll(async () => {
    await Promise.all([...all(), nats].map((each) => ("kill" in each ? each.kill() : each.stop())));
    await sandbox.stop();
    await admin.destroy();
    await postgres.remove();
  }, 30_000);

  it("bills a customer and takes the payment across processes, from sign-up to receipt", async () => {
    const customer = { username: "ada", password: "a long enough secret" };
    await call("POST", "/users/", { body: { ...customer, email: "ada@example.com" } });
    const token = await logIn(customer);
    const subscribed = await call("POST", "/subscriptions/", { token, body: { plan: "pro" } });
    expect(subscribed.status).toBe(201);
    const invoice = await eventually(async () => {
      const { body } = await call("GET", "/invoices/", { token });
      return (body as unknown as { id: string; number: string }[])[0];
    });
    const intent = await call("POST", "/create-payment-intent/", { token, body: { invoice: invoice.id } });
    const browser = new Stripe(STRIPE.publishableKey, {
      host: "127.0.0.1",
      port: sandbox.port,
      protocol: "http",
    });
    const { payment_intent_id = "", client_secret } = intent.body;
    await browser.paymentIntents.confirm(payment_intent_id, {
      client_secret,
      payment_method: "pm_card_visa",
    } as object);
    expect((await call("POST", "/payment-success/", { token, body: { invoice: invoice.id } })).status).toBe(
      200,
    );
    await rest.says("Your receipt for invoice");
    await expectExactlyOnce();
  });

  it("bills each period once, without gaps, when the process that executes the run is killed", async () => {
    const before = await count("invoicing.invoices");
    await writeSubscriptions(MANY, await planId());
    await eventually(
      async () => ((await count("invoicing.billables")) === before + MANY ? true : undefined),
      40_000,
    );
    const run = await call("POST", "/billing-runs/", {
      token: staffToken,
      body: { kind: "generate_invoices" },
    });
    expect(run.status).toBe(202);
    const busy = await eventually(async () => {
      const at = invoicing.findIndex((each) => each.output().includes(run.body["id"] ?? "none"));
      return at >= 0 && (await count("invoicing.invoices")) > before ? at : undefined;
    });
    await invoicing[busy]?.kill();
    expect(await count("invoicing.invoices")).toBeLessThan(before + MANY);

    await runInConsole("billing run");
    expect(await count("invoicing.invoices")).toBe(before + MANY);
    await expectExactlyOnce();
    invoicing[busy === 0 ? 0 : 1] = await start("invoicing");
  });

  it("consumes each event once when a consumer is killed among them", async () => {
    await Promise.all(invoicing.map((each) => each.ready()));
    const before = await count("invoicing.billables");
    await writeSubscriptions(MANY, await planId());
    await eventually(async () => ((await count("invoicing.billables")) > before ? true : undefined));
    await invoicing[0].kill();
    await eventually(
      async () => ((await count("invoicing.billables")) === before + MANY ? true : undefined),
      40_000,
    );
    expect(await count("invoicing.dead_letters")).toBe(0);
    invoicing[0] = await start("invoicing");
    await invoicing[0].ready();
  });

  it("answers 503 while NATS is down, then recovers by itself without losing an event", async () => {
    const before = await count("invoicing.billables");
    const plan = await planId();
    await nats.stop();
    await eventually(async () =>
      (await statusOf(`${gateway.operationsUrl}/ready`)) === 503 ? true : undefined,
    );
    expect((await call("GET", "/plans/", { token: staffToken })).status).toBe(503);
    expect(await statusOf(`${gateway.operationsUrl}/health`)).toBe(200);
    await writeSubscriptions(10, plan);

    await nats.start();
    await eventually(
      async () => ((await call("GET", "/plans/", { token: staffToken })).status === 200 ? true : undefined),
      20_000,
    );
    await eventually(async () => ((await count("invoicing.billables")) === before + 10 ? true : undefined));
    await Promise.all(all().map((each) => each.ready()));
  });

  it("answers 503 while Postgres is down, then recovers by itself", async () => {
    await postgres.stop();
    expect((await call("GET", "/plans/", { token: staffToken })).status).toBe(503);
    expect(await statusOf(`${invoicing[0].operationsUrl}/ready`)).toBe(503);
    await postgres.start();
    await eventually(async () =>
      (await call("GET", "/plans/", { token: staffToken })).status === 200 ? true : undefined,
    );
    await Promise.all(all().map((each) => each.ready()));
    await runInConsole("billing run");
    await expectExactlyOnce();
  });

  it("finishes the run of a killed process", async () => {
    const open = () => count("invoicing.billing_runs WHERE status IN ('queued', 'running')");
    await eventually(async () => ((await open()) === 0 ? true : undefined), 20_000);
    expect(await count("invoicing.billing_runs WHERE status = 'failed'")).toBe(0);
  });

  it("logs what it waits for when Postgres or NATS is missing at the start", async () => {
    const [port = 0] = await freePorts(1);
    const [withoutNats, withoutPostgres] = await Promise.all([
      startServiceProcess({ ...env, SERVICES: "catalog", NATS_URL: `nats://127.0.0.1:${port}` }),
      startServiceProcess({
        ...env,
        SERVICES: "catalog",
        NATS_URL: nats.urlFor("catalog"),
        DATABASE_URL_CATALOG: `postgresql://nobody:secret@127.0.0.1:${port}/none`,
      }),
    ]);
    await withoutNats.says(`waiting for NATS at 127.0.0.1:${port}`);
    await withoutPostgres.says(`waiting for Postgres at 127.0.0.1:${port}`);
    expect(await statusOf(`${withoutPostgres.operationsUrl}/ready`)).toBe(503);
    expect(withoutPostgres.output()).not.toContain("secret");
    for (const each of [withoutNats, withoutPostgres]) {
      each.signal("SIGTERM");
      expect((await each.ended).status).toBe(0);
    }
  });

  it("ends with status 0 on SIGTERM", async () => {
    gateway.signal("SIGTERM");
    expect((await gateway.ended).status).toBe(0);
  });

  it("ends with a message when NATS refuses the credentials, at the start or later", async () => {
    await nats.stop();
    await nats.start(["--user", "somebody", "--pass", randomUUID()]);
    expect((await rest.ended).status).toBe(1);
    expect(rest.output()).toContain("NATS refuses us");
    const late = await start("catalog");
    expect((await late.ended).status).toBe(1);
    expect(late.output()).toContain("NATS refuses the credentials in NATS_URL");
  });
});
