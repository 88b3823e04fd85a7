import { compareFacts } from "../../../shared/service/audit/compare";
import type { ServiceEnv } from "../../../shared/service/service-env";
import type { AuditResult } from "../../../shared/contracts/contract";
import type { BillingTerms } from "../../../shared/contracts/subscriptions";
import { billedFromEnd } from "../queries/audit/billed-from-end";
import { BILLABLES } from "../queries/audit/copies";
import { catchUpWith } from "./catch-up";
import { Findings } from "./findings";

const CHECKS = {
  subscriptions_are_billed: "every subscription is known to billing",
  billed_are_subscriptions: "everything that billing knows is a subscription",
  billed_as_subscribed:
    "billing and subscriptions agree on who pays for which plan, from when, how often, until when",
  nothing_billed_after_end: "no billed period starts after the subscription has ended",
};

const PAGE = 5_000;

/** Compares the billables with the subscriptions service. @returns a result for every check */
export async function auditSubscriptions(env: ServiceEnv): Promise<AuditResult[]> {
  const { db, call } = env;
  const findings = new Findings(CHECKS);
  const differences = compareFacts<BillingTerms, Omit<BillingTerms, "cancelled">>({
    originals: {
      digest: () => call("subscriptions.digestBillingTerms", {}),
      list: (selection) => call("subscriptions.listBillingTerms", selection),
    },
    db,
    facts: BILLABLES,
    catchUp: catchUpWith(env, "subscriptions"),
  });
  for await (const { id, original, copy } of differences) {
    if (copy === undefined) findings.add("subscriptions_are_billed", id);
    else findings.add(original === undefined ? "billed_are_subscriptions" : "billed_as_subscribed", id);
  }
  for await (const id of billedAfterEnd(env)) findings.add("nothing_billed_after_end", id);
  return findings.results();
}

/**
 * The invoices whose period starts on the day of the end, or after it. One on the very day is right where the
 * subscription was cancelled that day: the period was billed in the morning.
 */
async function* billedAfterEnd({ db, call }: ServiceEnv): AsyncGenerator<string> {
  for (let after: string | undefined; ;) {
    const page = await billedFromEnd(db, after, PAGE);
    const onTheDay = page.filter((invoice) => !invoice.after).map(({ subscription_id }) => subscription_id);
    const terms =
      onTheDay.length === 0 ? [] : await call("subscriptions.listBillingTerms", { ids: onTheDay });
    const cancelled = new Set(terms.filter((each) => each.cancelled).map(({ id }) => id));
    for (const invoice of page)
      if (invoice.after || !cancelled.has(invoice.subscription_id)) yield invoice.id;
    after = page.at(-1)?.id;
    if (page.length < PAGE || after === undefined) return;
  }
}
