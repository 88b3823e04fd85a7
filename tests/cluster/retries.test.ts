import { openDatabase, type Knex } from "../../shared/db/open-database";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { databaseVariables } from "../support/database-variables";
import { RestClient } from "../support/http";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";
import { freePorts, startServiceProcess, type ServiceProcess } from "../support/processes";
import { eventually } from "../support/system";

const STAFF = { STAFF_USERNAME: "boss", STAFF_EMAIL: "boss@example.com", STAFF_PASSWORD: "a long secret" };
/** Those that are killed: two gateways, and the service that subscribes. */
const KILLED = ["gateway", "gateway", "subscriptions"];
const OTHERS = "identity,catalog,invoicing,cron";
const ROUNDS = 4;
const PER_ROUND = 50;
/** Clients give up waiting, and ask again. */
const CLIENT_TIMEOUT_MS = 2_000;

let postgres: OwnPostgres;
let nats: NatsServer;
let admin: Knex;
let env: Record<string, string>;
let ports: number[];
let token: string;
let others: ServiceProcess;
let killed: ServiceProcess[];

async function start(services: string, port = 0): Promise<ServiceProcess> {
  const started = await startServiceProcess({
    ...env,
    SERVICES: services,
    NATS_URL: nats.urlFor(services),
    PORT: String(port),
  });
  await started.ready();
  return started;
}

interface Answer {
  status: number;
  text: string;
  replayed: boolean;
}

/** Posts an order to one of the gateways; undefined when no answer comes. */
async function order(customer: string, key: string, gateway: number): Promise<Answer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${ports[gateway % 2]}/api/subscriptions/`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      body: JSON.stringify({ plan: "Pro", customer }),
      signal: AbortSignal.timeout(CLIENT_TIMEOUT_MS),
    });
    const replayed = response.headers.get("idempotent-replayed") === "true";
    return { status: response.status, text: await response.text(), replayed };
  } catch {
    return undefined;
  }
}

/** Goes on until there is an answer, at the other gateway each time. */
async function insist(customer: string, key: string, gateway: number): Promise<Answer> {
  return eventually(async () => {
    const answer = await order(customer, key, gateway++);
    if (answer === undefined || answer.status >= 500 || answer.status === 409) return undefined;
    return answer;
  }, 60_000);
}

describeWithNats("retries while processes are killed", () => {
  beforeAll(async () => {
    ports = await freePorts(2);
    [postgres, nats] = await Promise.all([startOwnPostgres(), startNats([OTHERS, ...new Set(KILLED)])]);
    await prepareDatabases(postgres.url);
    admin = openDatabase({ url: postgres.url, schema: "public", poolSize: 2 });
    env = { ...databaseVariables(postgres.url), ...STAFF };
    [others, ...killed] = await Promise.all([
      start(OTHERS),
      ...KILLED.map((services, index) => start(services, ports[index])),
    ]);
    token = await eventually(async () => {
      const anyone = new RestClient(`http://127.0.0.1:${ports[0]}`);
      const { status, body } = await anyone.post("/api/token/", {
        username: STAFF.STAFF_USERNAME,
        password: STAFF.STAFF_PASSWORD,
      });
      return status === 200 ? (body as { access: string }).access : undefined;
    });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([others, ...killed].map((each) => each.kill()));
    await nats.stop();
    await admin.destroy();
    await postgres.remove();
  }, 30_000);

  it("200 subscribes with a key each have one effect and one answer, whoever dies when", async () => {
    const staff = new RestClient(`http://127.0.0.1:${ports[1]}`, token);
    const customers: string[] = [];
    for (let index = 0; index < ROUNDS * PER_ROUND; index++) {
      const { body } = await staff.post("/api/customers/", { name: `c${index}` });
      customers.push((body as { id: string }).id);
    }
    const answers = new Map<string, Answer>();
    for (let round = 0; round < ROUNDS; round++) {
      const its = customers.slice(round * PER_ROUND, (round + 1) * PER_ROUND);
      const victim = round % KILLED.length;
      const all = Promise.all(its.map(async (id, n) => answers.set(id, await insist(id, `order ${id}`, n))));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
      await killed[victim]?.kill();
      killed[victim] = await start(KILLED[victim] ?? "", ports[victim]);
      await all;
    }
    for (const id of customers) {
      const first = answers.get(id);
      const again = await insist(id, `order ${id}`, 1);
      expect([again.status, again.replayed, again.text]).toEqual([201, true, first?.text]);
    }

    const { rows } = await admin.raw<{ rows: object[] }>(
      `SELECT count(*), count(DISTINCT customer_id) AS customers,
         (SELECT count(*) FROM subscriptions.outbox WHERE type = 'subscription.created') AS events,
         (SELECT count(*) FROM subscriptions.idempotency_records WHERE done) AS records
       FROM subscriptions.subscriptions`,
    );
    expect(rows).toEqual([{ count: 200, customers: 200, events: 200, records: 200 }]);
  }, 120_000);
});
