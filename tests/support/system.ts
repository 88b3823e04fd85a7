import type { Call } from "../../shared/contracts";
import type { BrokerOptions } from "moleculer";
import type { BillingBroker } from "../../shared/service/broker";
import { loadConfig, SERVICE_NAMES, type Config, type ServiceName } from "../../shared/config/config";
import { callAs } from "../../shared/service/call";
import { OPERATOR, type Caller } from "../../shared/service/caller";
import { createBroker } from "../../shared/process/create-broker";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { serviceUrls } from "../../shared/db/service-url";
import { createDatabase, type TestDatabase } from "./postgres";

/** A running system of some or all services in this process, on a database of its own. */
export interface System {
  broker: BillingBroker;
  config: Config;
  databaseUrl: string;
  /** Calls an action as an operator. */
  call: Call;
  /** Calls an action on behalf of somebody. */
  as: (caller: Caller) => Call;
  /** A connection to one service's schema as the administrator, who may also change its tables. */
  db: (schema: Exclude<ServiceName, "gateway">) => Knex;
  /** Lets all services consume all events and finish all work. */
  drain: () => Promise<void>;
  stop: () => Promise<void>;
}

interface SystemOptions {
  services?: ServiceName[];
  /**
   * environment variables besides the tests' own: no metrics port, a free HTTP port, errors only in the log
   */
  env?: Record<string, string>;
  /** an existing database, which `stop` then leaves alone */
  databaseUrl?: string;
  broker?: BrokerOptions;
}

/** Starts a system for tests. Stop it in `afterAll`. */
export async function startSystem({
  services = [...SERVICE_NAMES],
  env = {},
  ...options
}: SystemOptions = {}): Promise<System> {
  const database: TestDatabase | undefined =
    options.databaseUrl === undefined ? await createDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? (database as TestDatabase).url;
  const parsed = loadConfig({
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: "fatal",
    PORT: "0",
    REGISTRATIONS_PER_HOUR: "10000",
    ...env,
  });
  const config: Config = { ...parsed, services, metrics: undefined };
  const broker = createBroker(config, serviceUrls(databaseUrl), {
    nodeID: `test-${process.pid}-${++nodes}`,
    ...options.broker,
  });
  try {
    await broker.start();
  } catch (error) {
    await broker.stop();
    await database?.drop();
    throw error;
  }

  const connections = new Map<string, Knex>();
  const call = callAs(broker, OPERATOR);
  const system: System = {
    broker,
    config,
    databaseUrl,
    call,
    as: (caller) => callAs(broker, caller),
    db: (schema) => {
      const known = connections.get(schema) ?? openDatabase({ url: databaseUrl, schema, poolSize: 2 });
      connections.set(schema, known);
      return known;
    },
    drain: () => drain(services, call),
    stop: async () => {
      await broker.stop();
      for (const connection of connections.values()) await connection.destroy();
      await database?.drop();
    },
  };
  return system;
}

let nodes = 0;

async function drain(services: ServiceName[], call: Call): Promise<void> {
  for (;;) {
    let done = 0;
    for (const service of services) {
      if (service !== "gateway") done += (await call(`${service}.drain`, {})).done;
    }
    if (done === 0) return;
  }
}

/** A signed-in user, who by default is the customer of the same id. */
export function user(
  userId: string,
  { staff = false, customers = [userId] }: { staff?: boolean; customers?: string[] } = {},
): Caller {
  return { kind: "user", userId, isStaff: staff, customers };
}

/** Asks again and again until the answer is not undefined; for what happens by itself a little later. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  within_ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + within_ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`nothing came within ${within_ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A connection of the database that waits for another one's lock; undefined when none does. */
export function waitsForLock(db: Knex): Promise<object | undefined> {
  const waiting = { datname: db.raw("current_database()"), wait_event_type: "Lock" };
  return db("pg_stat_activity").where(waiting).first<object | undefined>("pid");
}
