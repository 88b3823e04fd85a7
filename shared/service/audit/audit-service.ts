import { setTimeout as delay } from "node:timers/promises";
import type { AuditResult } from "../../contracts/contract";
import { LostPlaceError } from "../../events/feed-reader";
import type { BillingService } from "../billing-service";
import { type AuditCheck, CATCH_UP_WITHIN_MS, IDS_SHOWN, runChecks } from "./checks";
import { EVENT_PATH_CHECKS, STUCK_AFTER_MS } from "./event-path-checks";

/** How long the workers may take to finish; a long billing run is not waited for. */
const DRAIN_WITHIN_MS = 10_000;
/** Another instance may be in the middle of work that this one no longer finds. */
const PAUSE_MS = 500;

/** What an audit needs of a service; one that only observes has no workers. */
type Audited<Tools> = Pick<BillingService<Tools>, "env" | "feeds" | "workers">;

/**
 * Audits one service: its own rules, and those of the event path.
 * @param checks the service's own
 * @returns a result for every check
 */
export async function auditService<Tools>(
  service: Audited<Tools>,
  checks: readonly AuditCheck[],
): Promise<AuditResult[]> {
  const { db, service: name } = service.env;
  const finishWork = async () => {
    await catchUp(service);
    await Promise.race([drainWorkers(service), delay(DRAIN_WITHIN_MS, undefined, { ref: false })]);
    await delay(PAUSE_MS);
  };
  await catchUp(service);
  const results = await runChecks(db, name, [...checks, ...EVENT_PATH_CHECKS], finishWork);
  return [...results, ...(await auditFeeds(service))];
}

/** A feed that cannot be read now is a finding of the checks, so it does not end the audit. */
async function catchUp<Tools>({ env, feeds }: Audited<Tools>): Promise<void> {
  const readers = [...feeds.values()].map(({ reader }) => reader.catchUp(CATCH_UP_WITHIN_MS));
  await Promise.all(readers).catch((error: unknown) => {
    env.log.warn({ err: error }, "audit: could not catch up");
  });
}

async function drainWorkers<Tools>({ env, workers }: Audited<Tools>): Promise<void> {
  for (const worker of workers) {
    await worker
      .drain()
      .catch((error: unknown) => env.log.warn({ err: error }, "audit: a worker could not finish"));
  }
}

async function auditFeeds<Tools>({ env, feeds }: Audited<Tools>): Promise<AuditResult[]> {
  const stuck: string[] = [];
  const lost: string[] = [];
  for (const [producer, { reader }] of feeds) {
    try {
      const unread = await reader.firstUnread();
      if (unread === undefined) continue;
      const age_ms = Date.now() - Date.parse(unread.occurred_at);
      if (age_ms > STUCK_AFTER_MS) stuck.push(`${producer} ${unread.id}`);
    } catch (error) {
      if (!(error instanceof LostPlaceError)) throw error;
      lost.push(producer);
    }
  }
  const result = (check: string, says: string, ids: string[]): AuditResult => {
    return { service: env.service, check, says, findings: ids.length, ids: ids.slice(0, IDS_SHOWN) };
  };
  return [
    result(
      "events_consumed",
      "no event of another service waits to be consumed for more than five minutes",
      stuck,
    ),
    result(
      "producers_not_older",
      "no producer was restored to a day before its last event that was consumed (billing accept-loss)",
      lost,
    ),
  ];
}
