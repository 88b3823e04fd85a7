import { digestFacts, listFacts } from "../../../shared/service/audit/fact-set";
import type { ActionHandler } from "../../../shared/service/service-env";
import type { BillingTerms } from "../../../shared/contracts/subscriptions";
import { BILLING_TERMS } from "../queries/audit/billing-terms";

/** Digests of the billing terms of all subscriptions, to compare a copy with them. */
export const digestBillingTerms: ActionHandler<"subscriptions.digestBillingTerms"> = ({ db }) =>
  digestFacts(db, BILLING_TERMS);

/** The billing terms of subscriptions, by their ids or in pages. */
export const listBillingTerms: ActionHandler<"subscriptions.listBillingTerms"> = ({ db, params }) =>
  listFacts<BillingTerms>(db, BILLING_TERMS, params);
