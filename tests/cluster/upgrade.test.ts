import { rmSync } from "node:fs";
import { startSandbox, type Sandbox } from "../../services/stripe-sandbox";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { databaseVariables } from "../support/database-variables";
import { RestClient } from "../support/http";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { makeNextVersion } from "../support/next-version";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";
import { freePorts, startProgram, startServiceProcess, type ServiceProcess } from "../support/processes";
import { eventually } from "../support/system";

const STRIPE = {
  secretKey: "sk_test_upgrade",
  publishableKey: "pk_test_upgrade",
  webhookSecret: "whsec_upgrade",
};
const STAFF = { STAFF_USERNAME: "boss", STAFF_EMAIL: "boss@example.com", STAFF_PASSWORD: "a long secret" };
/** In the order in which they are replaced: the gateway, which calls all others, comes last. */
const PROCESSES = ["identity,catalog,cron", "subscriptions,payments,notifications", "invoicing", "gateway"];

let postgres: OwnPostgres;
let nats: NatsServer;
let sandbox: Sandbox;
let admin: Knex;
let next: string;
let env: Record<string, string>;
/** The ports of the gateways of both versions; a proxy would send requests to the one that runs. */
let ports: number[];
const running = new Map<string, ServiceProcess>();

const portOf = (folder: string | undefined) => String(ports[folder === undefined ? 0 : 1]);
/** A client of the gateway of a version, signed in as staff as soon as identity can be reached. */
const staffOf = (folder?: string) =>
  eventually(() =>
    new RestClient(`http://127.0.0.1:${portOf(folder)}`)
      .signIn(STAFF.STAFF_USERNAME, STAFF.STAFF_PASSWORD)
      .catch(() => undefined),
  );

/** Starts services of this version, or of the one in a folder, beside what runs. */
async function start(services: string, folder?: string): Promise<ServiceProcess> {
  const started = await startServiceProcess(
    { ...env, SERVICES: services, NATS_URL: nats.urlFor(services), PORT: portOf(folder) },
    folder,
  );
  await started.ready();
  return started;
}

/** Starts the other version of some services, then ends the one that ran. */
async function replace(services: string, folder?: string): Promise<void> {
  const before = running.get(services);
  running.set(services, await start(services, folder));
  before?.signal("SIGTERM");
  await before?.ended;
}

/** Goes on until it is done, as clients do when a service is away for a moment. */
async function insist(send: () => Promise<{ status: number }>, done: number[]): Promise<void> {
  await eventually(async () => {
    const { status } = await send().catch(() => ({ status: 0 }));
    if (done.includes(status)) return true;
    if (status !== 0 && status < 500) throw new Error(`answered ${status}`);
    return undefined;
  });
}

describeWithNats("an upgrade without downtime", () => {
  beforeAll(async () => {
    ports = await freePorts(2);
    next = makeNextVersion();
    [postgres, nats, sandbox] = await Promise.all([
      startOwnPostgres(),
      startNats(PROCESSES.slice(0, 2)),
      startSandbox(STRIPE),
    ]);
    await prepareDatabases(postgres.url);
    admin = openDatabase({ url: postgres.url, schema: "public", poolSize: 2 });
    env = {
      ...databaseVariables(postgres.url),
      ...STAFF,
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_PUBLISHABLE_KEY: STRIPE.publishableKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      STRIPE_API_BASE: sandbox.url,
      STRIPE_JS_URL: sandbox.stripeJsUrl,
    };
    await Promise.all(PROCESSES.map((services) => replace(services)));
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...running.values()].map((each) => each.kill()));
    await Promise.all([nats.stop(), sandbox.stop()]);
    await admin.destroy();
    await postgres.remove();
    rmSync(next, { recursive: true, force: true });
  }, 30_000);

  it("replaces one service after the other, and one back: nobody is missed or billed twice", async () => {
    let staff = await staffOf();
    const subscribe = async (name: string) => {
      const at = `/api/customers/by-external-id/${name}/`;
      await insist(() => staff.put(at, { name }), [200, 201]);
      // A repeated call finds what an answer that was lost has done.
      const order = { plan: "Pro", customer: `external_id:${name}` };
      await insist(() => staff.post("/api/subscriptions/", order), [201, 400]);
    };
    const upgrade = async () => {
      const migrate = ["--import", "tsx", "shared/process/migrate-main.ts"];
      const migrated = startProgram(process.execPath, migrate, { ADMIN_DATABASE_URL: postgres.url }, next);
      expect((await migrated.ended).status).toBe(0);
      for (const services of PROCESSES) {
        const before = running.get(services);
        running.set(services, await start(services, next));
        if (services === "gateway") staff = await staffOf(next);
        before?.signal("SIGTERM");
        await before?.ended;
      }
      await replace("invoicing");
    };
    const upgrading = upgrade();
    const over = upgrading.then(() => true);
    let subscribed = 0;
    for (let isOver = false; !isOver; subscribed++) {
      const one = subscribe(`c${subscribed}`);
      isOver = await Promise.race([over, one.then(() => false)]);
      await one;
    }
    await upgrading;

    const count = async (sql: string) => {
      const { rows } = await admin.raw<{ rows: { count: number }[] }>(`SELECT count(*) FROM ${sql}`);
      return rows[0]?.count ?? 0;
    };
    expect(subscribed).toBeGreaterThan(20);
    expect(await count("subscriptions.subscriptions")).toBe(subscribed);
    await eventually(async () => ((await count("invoicing.invoices")) === subscribed ? true : undefined));
    expect(await count("(SELECT DISTINCT customer_id FROM invoicing.invoices) AS billed")).toBe(subscribed);
    expect(await count("subscriptions.outbox WHERE payload ->> 'channel' = 'web'")).toBeGreaterThan(0);
    const audit = await eventually(async () => {
      const { status, body } = await staff.get("/api/audit/");
      return status === 200 ? body : undefined;
    });
    expect(audit).toMatchObject({ findings: 0 });
  }, 90_000);
});
