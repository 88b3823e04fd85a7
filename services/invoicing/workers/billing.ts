import { setTimeout as delay } from "node:timers/promises";
import type { ServiceEnv } from "../../../shared/service/service-env";
import { countBilling } from "../../../shared/service/metrics";
import type { Knex } from "../../../shared/db/open-database";
import { errorCode, plainMessage } from "../../../shared/db/transaction";
import { beyondLimits, isLimited, LimitExceeded } from "../domain/run-limits";
import type { BillingRun } from "../models/billing-run";
import { billPage, type BilledPage } from "../queries/bill-page";
import { addToIssued } from "../queries/billing-runs";
import { listClaimable, PASS_START, type Claim } from "../queries/claims";
import { park } from "../queries/park";

/**
 * How many billables one transaction bills: enough to be quick (see `billPage` for the rates), few enough to
 * hold the counter for a fraction of a second only.
 */
export const PAGE = 5000;
const LOCKED_PAUSE_MS = 10;

/**
 * Issues an invoice for every period due up to a day, page by page. It passes over the billables again until
 * nothing is due: one that has missed several periods is billed once in each pass.
 * @param run its day and its limits
 * @param stopping asked between pages; another worker continues the run later
 * @returns false when it was stopped before the end
 * @throws LimitExceeded when more became due meanwhile and a page would exceed the limits; it is not written
 */
export async function billEverythingDue(
  env: ServiceEnv,
  run: BillingRun,
  stopping: () => boolean,
): Promise<boolean> {
  const asOf = run.as_of;
  do {
    let after = PASS_START;
    for (;;) {
      if (stopping()) return false;
      const page = await billOnePage(env, { kind: "due", asOf, after, limit: PAGE }, run);
      if (page.last === null) break;
      after = page.last;
    }
  } while (await someAreStillDue(env, asOf));
  return true;
}

/** A pass leaves out what other transactions have locked. It is due until they commit, and maybe after it. */
async function someAreStillDue(env: ServiceEnv, asOf: string): Promise<boolean> {
  const [due] = await listClaimable(env.db, { kind: "due", asOf, after: PASS_START, limit: 1 });
  if (due === undefined) return false;
  await delay(LOCKED_PAUSE_MS);
  return true;
}

/** Bills a page of new subscriptions whose first period has started, without waiting for the nightly run. */
export async function billNewSubscriptions(env: ServiceEnv): Promise<number> {
  if ((await listClaimable(env.db, { kind: "new", limit: 1 })).length === 0) return 0;
  await env.catchUp("catalog");
  await env.catchUp("identity");
  const page = await billOnePage(env, { kind: "new", limit: PAGE }, null);
  return page.claimed;
}

async function billOnePage(env: ServiceEnv, claim: Claim, run: BillingRun | null): Promise<BilledPage> {
  const options = {
    zone: env.config.billingTimezone,
    dueDays: env.config.invoiceDueDays,
    runId: run?.id ?? null,
  };
  const bill = async (trx: Knex.Transaction) => {
    const billed = await billPage(trx, claim, options);
    if (run !== null && isLimited(run) && billed.issued > 0)
      await requireWithinLimits(trx, run, billed.issued);
    return billed;
  };
  let page: BilledPage;
  try {
    page = await env.background.run(() => env.transaction(bill));
  } catch (error) {
    if (!isBadRow(error) || claim.kind === "one") throw error;
    page = await billOneByOne(env, claim, run);
  }
  countBilling(env.broker, "generate_invoices", "issued", page.issued);
  countBilling(env.broker, "generate_invoices", "parked", page.parked);
  return page;
}

/** The limits were compared with the preview before the run started; more may have become due since. */
async function requireWithinLimits(trx: Knex.Transaction, run: BillingRun, pageCount: number): Promise<void> {
  const issued = await addToIssued(trx, run.id, pageCount);
  const beyond = beyondLimits(run, issued);
  if (beyond === null) return;
  throw new LimitExceeded(
    `More became due while the run went on: it would issue ${beyond}. ` +
      `It stopped at ${issued.count - pageCount} invoices.`,
  );
}

/**
 * Bills a page whose statement violated a constraint: one billable at a time, so that only that one parks.
 */
async function billOneByOne(
  env: ServiceEnv,
  claim: Exclude<Claim, { kind: "one" }>,
  run: BillingRun | null,
): Promise<BilledPage> {
  const sum: BilledPage = { claimed: 0, issued: 0, parked: 0, last: null };
  for (const { subscription_id, next_start, as_of } of await listClaimable(env.db, claim)) {
    const one = { kind: "one", asOf: as_of, subscriptionId: subscription_id } as const;
    try {
      const { issued, parked } = await billOnePage(env, one, run);
      sum.issued += issued;
      sum.parked += parked;
    } catch (error) {
      if (!isBadRow(error)) throw error;
      env.log.error({ err: error, subscription_id }, "cannot be billed; parked");
      await park(env.db, one, plainMessage(error), run?.id ?? null);
      sum.parked += 1;
    }
    sum.claimed += 1;
    sum.last = { start: next_start, subscriptionId: subscription_id };
  }
  return sum;
}

/** SQLSTATE classes 22 (data) and 23 (constraints): a retry would fail again. */
function isBadRow(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error) ?? "");
}
