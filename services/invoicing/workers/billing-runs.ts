import type { ServiceEnv } from "../../../shared/service/service-env";
import { countBilling } from "../../../shared/service/metrics";
import { unknownCase } from "../../../shared/states";
import { isTransient, plainMessage } from "../../../shared/db/transaction";
import type { BillingRun } from "../models/billing-run";
import { totalsOf, summarize } from "../domain/billing-preview";
import { addTotals, beyondLimits, isLimited, LimitExceeded } from "../domain/run-limits";
import { claimRun, finishRun, openRun, releaseRun } from "../queries/billing-runs";
import { markOverduePage } from "../queries/mark-overdue";
import { onSnapshot, tallyPreview } from "../queries/preview-billing";
import { billEverythingDue, PAGE } from "./billing";

/**
 * Takes one waiting run and carries it out. What it does depends on what is due, not on what it has done
 * before, so a run may be interrupted anywhere and another instance can continue it.
 * @returns 1 when there was a run, else 0
 */
export async function carryOutRun(env: ServiceEnv, stopping: () => boolean): Promise<number> {
  const run = await claimRun(env.db);
  if (run === undefined) return 0;
  env.log.info({ run_id: run.id, kind: run.kind, as_of: run.as_of }, "billing run started");
  try {
    const finished = await carryOut(env, run, stopping);
    if (finished) await env.transaction((trx) => finishRun(trx, run.id, "done", "invoicing"));
    else await releaseRun(env.db, run.id);
  } catch (error) {
    if (isTransient(error)) throw error;
    if (error instanceof LimitExceeded) env.log.warn({ run_id: run.id }, error.message);
    else env.log.error({ err: error, run_id: run.id }, "billing run failed");
    await env.transaction((trx) =>
      finishRun(trx, run.id, "failed", "invoicing", { error: plainMessage(error) }),
    );
  }
  return 1;
}

/** @returns false when it was stopped before the end */
function carryOut(env: ServiceEnv, run: BillingRun, stopping: () => boolean): Promise<boolean> {
  switch (run.kind) {
    case "generate_invoices":
      return generate(env, run, stopping);
    case "mark_overdue":
      return markOverdue(env, run, stopping);
    case "send_reminders":
      throw new Error("notifications sends the reminders");
    default:
      return unknownCase(run.kind);
  }
}

async function generate(env: ServiceEnv, run: BillingRun, stopping: () => boolean): Promise<boolean> {
  await env.catchUp("subscriptions");
  await env.catchUp("catalog");
  await env.catchUp("identity");
  await openRun(env.db, run.id, run.as_of);
  if (isLimited(run)) await requireWithinLimits(env, run);
  return billEverythingDue(env, run, stopping);
}

/** @throws LimitExceeded when what the run has issued and what is due are beyond its limits */
async function requireWithinLimits({ db }: ServiceEnv, run: BillingRun): Promise<void> {
  const tallies = await onSnapshot(db, (trx) => tallyPreview(trx, { asOf: run.as_of }));
  const issued = { count: run.counts["issued"] ?? 0, total: run.issued_minor };
  const beyond = beyondLimits(run, addTotals(issued, totalsOf(summarize(tallies))));
  if (beyond === null) return;
  const soFar = issued.count === 0 ? "Nothing was" : `${issued.count} invoices were`;
  throw new LimitExceeded(`The run would issue ${beyond}. ${soFar} issued.`);
}

async function markOverdue(env: ServiceEnv, run: BillingRun, stopping: () => boolean): Promise<boolean> {
  await env.catchUp("payments");
  for (;;) {
    if (stopping()) return false;
    const marked = await env.background.run(() =>
      env.transaction((trx) => markOverduePage(trx, run.as_of, PAGE, run.id)),
    );
    countBilling(env.broker, "mark_overdue", "marked", marked);
    if (marked === 0) return true;
  }
}
