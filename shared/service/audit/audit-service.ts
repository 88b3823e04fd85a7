import { setTimeout as delay } from "node:timers/promises";
import type { ServiceEnv } from "../service-env";
import type { Worker } from "../worker";
import type { AuditResult } from "../../contracts/contract";
import { EVENT_PATH_CHECKS, STUCK_AFTER_MS } from "./event-path-checks";
import type { EventPath } from "../event-path";
import { type AuditCheck, CATCH_UP_WITHIN_MS, IDS_TOLD, runChecks } from "./checks";

/**
 * The workers' time to finish what is at hand; a billing run may take longer, and is then no suspect's
 * business.
 */
const DRAIN_WITHIN_MS = 10_000;
/** Another instance may be in the middle of the work that ours found nothing left of. */
const PAUSE_MS = 500;

interface Audited {
  env: ServiceEnv<never>;
  eventPath: EventPath<ServiceEnv<never>>;
  /** none, where the service only observes */
  workers: readonly Worker[];
}

/**
 * Audits one service: its own rules, and the event path's.
 * @param checks the service's own
 * @returns a result for every check
 */
export async function auditService(
  { env, eventPath, workers }: Audited,
  checks: readonly AuditCheck[],
): Promise<AuditResult[]> {
  const catchUp = async () => {
    // A feed that cannot be read just now is what the checks are to tell of, not a reason to tell nothing.
    await eventPath.catchUpAll(undefined, CATCH_UP_WITHIN_MS).catch((error: unknown) => {
      env.log.warn({ err: error }, "audit: could not catch up");
    });
  };
  const finish = async () => {
    await catchUp();
    await Promise.race([drain(env, workers), delay(DRAIN_WITHIN_MS, undefined, { ref: false })]);
    await delay(PAUSE_MS);
  };
  await catchUp();
  const results = await runChecks(env.db, env.service, [...checks, ...EVENT_PATH_CHECKS], finish);
  return [...results, await auditFeeds(env, eventPath)];
}

async function drain(env: ServiceEnv<never>, workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) {
    await worker
      .drain()
      .catch((error: unknown) => env.log.warn({ err: error }, "audit: a worker could not finish"));
  }
}

async function auditFeeds(
  env: ServiceEnv<never>,
  eventPath: EventPath<ServiceEnv<never>>,
): Promise<AuditResult> {
  const unread = await eventPath.firstUnread();
  const stuck = unread.filter(({ occurred_at }) => Date.now() - Date.parse(occurred_at) > STUCK_AFTER_MS);
  return {
    service: env.service,
    check: "events_consumed",
    says: "no event of another service waits to be consumed for more than five minutes",
    findings: stuck.length,
    ids: stuck.slice(0, IDS_TOLD).map(({ producer, id }) => `${producer} ${id}`),
  };
}
