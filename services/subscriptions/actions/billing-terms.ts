import { digestFacts, listFacts } from "../../../shared/service/audit/fact-set";
import type { ActionHandler } from "../../../shared/service/service-env";
import type { BillingTerms } from "../../../shared/contracts/subscriptions";
import { BILLING_TERMS } from "../queries/audit/billing-terms";

/** Digests of what all subscriptions say about billing, for whoever keeps a copy of it. */
export const digestBillingTerms: ActionHandler<"subscriptions.digestBillingTerms"> = ({ db }) =>
  digestFacts(db, BILLING_TERMS);

/** What subscriptions say about billing, by their ids or in pages. */
export const listBillingTerms: ActionHandler<"subscriptions.listBillingTerms"> = ({ db, params }) =>
  listFacts<BillingTerms>(db, BILLING_TERMS, params);
