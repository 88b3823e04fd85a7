import type { NatsConnection } from "nats";
import type { DatabaseUrls } from "../../config/config";
import { openDatabase } from "../../db/open-database";
import type { BillingBroker } from "../../service/broker";

const TIMEOUT_MS = 2_000;

/**
 * What a process needs, and what of it answers now. `services`: whether its own have all started; `postgres`:
 * whether every database that they use answers.
 */
export interface Readiness {
  ready: boolean;
  checks: { services: "ok" | "starting" | "stopping"; postgres?: "ok" | "down"; nats?: "ok" | "down" };
}

/**
 * Asks Postgres for an answer and NATS for a flush, each within two seconds: an open connection proves
 * nothing.
 */
export async function checkReadiness(broker: BillingBroker): Promise<Readiness> {
  const databases = differentDatabases(broker.runtime.databaseUrls);
  const [postgresOk, natsOk] = await Promise.all([
    databases.length === 0 ? undefined : inTime(Promise.all(databases.map(pingPostgres))),
    broker.runtime.config.natsUrl === undefined ? undefined : inTime(flushNats(broker)),
  ]);
  return {
    ready: broker.started && postgresOk !== false && natsOk !== false,
    checks: {
      services: broker.started ? "ok" : broker.stopping ? "stopping" : "starting",
      ...(postgresOk === undefined ? {} : { postgres: okOrDown(postgresOk) }),
      ...(natsOk === undefined ? {} : { nats: okOrDown(natsOk) }),
    },
  };
}

const okOrDown = (ok: boolean) => (ok ? "ok" : "down");

/** Services that share a database each have a URL for it; one of them is asked. */
function differentDatabases(urls: DatabaseUrls): string[] {
  const entries = Object.values(urls).map((url) => [new URL(url).host + new URL(url).pathname, url] as const);
  return [...new Map(entries).values()];
}

/** Resolves when Postgres answers a query, on a new connection. */
async function pingPostgres(url: string): Promise<void> {
  const db = openDatabase({ url, schema: "public", poolSize: 1 });
  try {
    await db.raw("SELECT 1");
  } finally {
    await db.destroy();
  }
}

async function flushNats(broker: BillingBroker): Promise<void> {
  const transporter = broker.transit?.tx as { client?: NatsConnection | null } | undefined;
  if (!transporter?.client) throw new Error("not connected yet");
  await transporter.client.flush();
}

async function inTime(check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
