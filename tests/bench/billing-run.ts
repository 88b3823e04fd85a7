import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { Doorbell } from "../../shared/events/doorbell";
import type { ServiceName } from "../../shared/config/config";
import { startSystem, type System } from "../support/system";
import type { Database } from "./database";

/** The services of the billing runs: invoicing, the producers that it catches up on, and cron. */
export const BILLING: ServiceName[] = [
  "identity",
  "catalog",
  "subscriptions",
  "invoicing",
  "payments",
  "cron",
];

/** All times come from Postgres's clock, so polling does not make them less exact. */
const POLL_MS = 100;

/** The times of a run by Postgres's clock, in ms since 1970; `event_ms` is when its event was written. */
export interface BillingRun {
  event_ms: number;
  began_ms: number;
  ended_ms: number;
  issued: number;
}

/** Starts services on a database and waits until their work at the start is done. */
export async function startIdleSystem(
  db: Database,
  services: ServiceName[],
  env: Record<string, string> = {},
): Promise<System> {
  const system = await startSystem({ services, databaseUrl: db.url, env });
  try {
    await drain(system, services);
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

/** Lets services do what there is to do; feeds of services that do not run are left alone. */
async function drain({ call }: System, services: ServiceName[]): Promise<void> {
  const producers = services.filter((name) => name !== "gateway");
  for (let done = 1; done > 0;) {
    done = 0;
    for (const name of producers) done += (await call(`${name}.drain`, { producers })).done;
  }
}

/** Writes the event that starts a day's billing run, as cron does. Invoicing polls every three seconds. */
export async function emitInvoicesDue(db: Database, asOf: string): Promise<void> {
  await db.query(
    `INSERT INTO cron.outbox (type, subject_id, payload)
     VALUES ('billing.invoices_due', $1, jsonb_build_object('as_of', $1::text))`,
    [asOf],
  );
}

/** Waits until the day's run has ended. @throws Error when the run failed */
export async function awaitRun(db: Database, asOf: string): Promise<BillingRun> {
  for (;;) {
    const [run] = await db.query<BillingRun & { status: string; error: string | null }>(
      `SELECT status, error, (counts->>'issued')::integer AS issued,
              (extract(epoch FROM event.occurred_at) * 1000)::float8 AS event_ms,
              (extract(epoch FROM started_at) * 1000)::float8 AS began_ms,
              (extract(epoch FROM finished_at) * 1000)::float8 AS ended_ms
       FROM invoicing.billing_runs JOIN cron.outbox AS event ON event.id = event_id
       WHERE as_of = $1 AND status IN ('done', 'failed')`,
      [asOf],
    );
    if (run?.status === "failed") throw new Error(`the run of ${asOf} failed: ${run.error}`);
    if (run !== undefined) return run;
    await delay(POLL_MS);
  }
}

/** Bills everything due up to a day as in production, with event and doorbell. @returns ms since the event */
export async function runBilling(db: Database, broker: ServiceBroker, asOf: string): Promise<number> {
  await db.checkpoint();
  await emitInvoicesDue(db, asOf);
  await broker.broadcast(Doorbell.eventOf("cron"));
  const { event_ms, ended_ms } = await awaitRun(db, asOf);
  return ended_ms - event_ms;
}
