import { setTimeout as delay } from "node:timers/promises";
import type { ServiceEnv } from "../../../shared/broker/service-env";
import { errorCode } from "../../../shared/db/transaction";
import { countBilling } from "../../../shared/broker/metrics";
import { billPage, type BilledPage, type Claim, type PassPosition } from "../queries/bill-page";
import { listDue, listNew, park } from "../queries/park";

/** One transaction per page: large enough to be quick, small enough to hold the counter for tens of milliseconds only. */
export const PAGE = 1000;
const LOCKED_PAUSE_MS = 10;
const BEGINNING: PassPosition = { start: "0001-01-01", subscriptionId: "00000000-0000-0000-0000-000000000000" };

/**
 * Issues an invoice for every period due up to a day, page by page, again and again from the beginning until nothing is due:
 * a billable that was several periods behind comes up once for each.
 * @param stopping asked between pages; what is left is for whoever takes the run over
 * @returns false when it was stopped before the end
 */
export async function billEverythingDue(env: ServiceEnv, asOf: string, runId: string, stopping: () => boolean): Promise<boolean> {
  do {
    let after = BEGINNING;
    for (;;) {
      if (stopping()) return false;
      const page = await billOnePage(env, { kind: "due", asOf, after, limit: PAGE }, runId);
      if (page.last === null) break;
      after = page.last;
    }
  } while (await someAreStillDue(env, asOf));
  return true;
}

/** What others hold locked was passed over: it counts as due until they commit, and may be due again afterwards. */
async function someAreStillDue(env: ServiceEnv, asOf: string): Promise<boolean> {
  const [due] = await listDue(env.db, asOf, BEGINNING, 1);
  if (due === undefined) return false;
  await delay(LOCKED_PAUSE_MS);
  return true;
}

/** Bills a page of the subscriptions that start today, so that a new customer need not wait for the night. */
export async function billNewSubscriptions(env: ServiceEnv): Promise<number> {
  if ((await listNew(env.db, 1)).length === 0) return 0;
  await env.catchUp("catalog");
  const page = await billOnePage(env, { kind: "new", limit: PAGE }, null);
  return page.claimed;
}

async function billOnePage(env: ServiceEnv, claim: Claim, runId: string | null): Promise<BilledPage> {
  const terms = { zone: env.config.billingTimezone, dueDays: env.config.invoiceDueDays, runId };
  let page: BilledPage;
  try {
    page = await env.transaction((trx) => billPage(trx, claim, terms));
  } catch (error) {
    if (!isBadRow(error) || claim.kind === "one") throw error;
    page = await billOneByOne(env, claim, runId);
  }
  countBilling(env.broker, "generate_invoices", "issued", page.issued);
  countBilling(env.broker, "generate_invoices", "parked", page.parked);
  return page;
}

/** A page in which some row breaks a rule of the database: each by itself, so that only that one is parked. */
async function billOneByOne(env: ServiceEnv, claim: Exclude<Claim, { kind: "one" }>, runId: string | null): Promise<BilledPage> {
  const rows =
    claim.kind === "due"
      ? (await listDue(env.db, claim.asOf, claim.after, claim.limit)).map((row) => ({ ...row, asOf: claim.asOf }))
      : (await listNew(env.db, claim.limit)).map((row) => ({ ...row, start: row.asOf }));
  const sum: BilledPage = { claimed: 0, issued: 0, parked: 0, last: null };
  for (const { subscriptionId, start, asOf } of rows) {
    try {
      const one = await billOnePage(env, { kind: "one", asOf, subscriptionId }, runId);
      sum.issued += one.issued;
      sum.parked += one.parked;
    } catch (error) {
      if (!isBadRow(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      env.log.error({ err: error, subscription_id: subscriptionId }, "cannot be billed; parked");
      await park(env.db, subscriptionId, asOf, reason, runId);
      sum.parked += 1;
    }
    sum.claimed += 1;
    sum.last = { start, subscriptionId };
  }
  return sum;
}

/** SQLSTATE classes 22 (data) and 23 (constraints): trying again would fail again. */
function isBadRow(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error) ?? "");
}
