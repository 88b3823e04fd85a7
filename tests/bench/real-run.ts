import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import { Doorbell } from "../../shared/events/doorbell";
import type { ServiceName } from "../../shared/config/config";
import { startSystem, type System } from "../support/system";
import type { Database } from "./database";

/** What a billing run needs: those whose feeds it catches up on, the timetable, and itself. */
export const BILLING: ServiceName[] = ["catalog", "subscriptions", "invoicing", "cron"];

/** The times are Postgres's own, so that nobody need look often. */
const LOOK_MS = 100;

/**
 * How a run went, by Postgres's clock, in ms since 1970: `event_ms` is when its event was written, the rest
 * speaks of the run itself.
 */
export interface RealRun {
  event_ms: number;
  began_ms: number;
  ended_ms: number;
  issued: number;
}

/** Starts services on a database, and waits until what they do at a start is done. */
export async function startQuietSystem(
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

/** Writes the timetable's event for a day, as cron does. Invoicing looks at least every three seconds. */
export async function emitInvoicesDue(db: Database, asOf: string): Promise<void> {
  await db.query(
    `INSERT INTO cron.outbox (type, subject_id, payload)
     VALUES ('billing.invoices_due', $1, jsonb_build_object('as_of', $1::text))`,
    [asOf],
  );
}

/** Waits until the day's run has ended. @throws Error when it failed */
export async function awaitRun(db: Database, asOf: string): Promise<RealRun> {
  for (;;) {
    const [run] = await db.query<RealRun & { status: string; error: string | null }>(
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
    await delay(LOOK_MS);
  }
}

/**
 * Bills everything due up to a day as in production: the event, its doorbell, the run, the pages.
 * @returns how long it took from the event on, in ms
 */
export async function billForReal(db: Database, broker: ServiceBroker, asOf: string): Promise<number> {
  await db.checkpoint();
  await emitInvoicesDue(db, asOf);
  await broker.broadcast(Doorbell.eventOf("cron"));
  const { event_ms, ended_ms } = await awaitRun(db, asOf);
  return ended_ms - event_ms;
}
