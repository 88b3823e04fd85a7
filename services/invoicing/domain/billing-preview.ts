import type { BillingPreviewSummary } from "../../../shared/contracts/invoicing";
import type { InvoiceTotals } from "./run-limits";

/** Due periods added up: those of one plan and currency, or those that cannot be billed for one reason. */
export interface PreviewTally {
  plan: string;
  plan_name: string | null;
  /** null where there is no price */
  currency: string | null;
  /** null where invoices would be issued */
  reason: string | null;
  count: number;
  amount_minor: number;
  previous_minor: number;
}

type Totals = BillingPreviewSummary["totals"];

/** The summary of a preview: totals by currency and by plan, and what could not be billed. */
export function summarize(tallies: PreviewTally[]): Omit<BillingPreviewSummary, "detail"> {
  const plans: BillingPreviewSummary["plans"] = [];
  const totals = new Map<string, Totals[number]>();
  const parked = new Map<string, number>();
  for (const { plan, plan_name, currency, reason, count, amount_minor, previous_minor } of tallies) {
    if (reason !== null || currency === null) {
      const why = reason ?? "has no price";
      parked.set(why, (parked.get(why) ?? 0) + count);
      continue;
    }
    plans.push({
      plan,
      plan_name,
      currency,
      count,
      amount_minor,
      previous_minor,
      difference_minor: amount_minor - previous_minor,
    });
    const total = totals.get(currency) ?? {
      currency,
      count: 0,
      amount_minor: 0,
      previous_minor: 0,
      difference_minor: 0,
    };
    total.count += count;
    total.amount_minor += amount_minor;
    total.previous_minor += previous_minor;
    total.difference_minor = total.amount_minor - total.previous_minor;
    totals.set(currency, total);
  }
  return {
    count: plans.reduce((sum, { count }) => sum + count, 0),
    totals: [...totals.values()],
    plans,
    parked: [...parked].map(([reason, count]) => ({ reason, count })),
  };
}

/** What the preview would issue, to compare with a run's limits. */
export function totalsOf({ count, totals }: Pick<BillingPreviewSummary, "count" | "totals">): InvoiceTotals {
  return {
    count,
    total: Object.fromEntries(totals.map(({ currency, amount_minor }) => [currency, amount_minor])),
  };
}

/**
 * Why a preview is empty.
 * @param started whether any subscription's first period has started by `asOf`
 * @returns null when it is not empty
 */
export function whyEmpty(
  { count, parked }: Pick<BillingPreviewSummary, "count" | "parked">,
  asOf: string,
  started: boolean,
): string | null {
  if (count > 0) return null;
  if (!started) return `No subscription's first period has started by ${asOf}.`;
  if (parked.length > 0) return `What is due by ${asOf} cannot be billed, for the reasons under parked.`;
  return `Every period that starts by ${asOf} is billed already.`;
}
