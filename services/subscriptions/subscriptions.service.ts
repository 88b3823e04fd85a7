import { Pipeline } from "../../shared/db/pipeline";
import { defineService } from "../../shared/service/define-service";
import { digestBillingTerms, listBillingTerms } from "./actions/billing-terms";
import { createSubscription } from "./actions/create-subscription";
import { getEntitlements } from "./actions/get-entitlements";
import { getSubscription } from "./actions/get-subscription";
import { listSubscriptions } from "./actions/list-subscriptions";
import { updateSubscription } from "./actions/update-subscription";
import { unsubscribe } from "./actions/unsubscribe";
import { onCustomerClosed } from "./consumers/on-customer-closed";
import { onCustomerCreated } from "./consumers/on-customer-created";
import { onCustomerErased } from "./consumers/on-customer-erased";
import { onCustomerUpdated } from "./consumers/on-customer-updated";
import { onDayStarted } from "./consumers/on-day-started";
import { onPlanCreated } from "./consumers/on-plan-created";
import { onPlanUpdated } from "./consumers/on-plan-updated";
import { SUBSCRIPTIONS_CHECKS } from "./queries/audit/checks";
import { endOfClosedCustomers } from "./workers/end-of-closed-customers";
import type { SubscriptionsTools } from "./tools";

const LOOK_MS = 15_000;

export default defineService<"subscriptions", SubscriptionsTools>("subscriptions", {
  actions: {
    listSubscriptions,
    getSubscription,
    createSubscription,
    updateSubscription,
    getEntitlements,
    unsubscribe,
    digestBillingTerms,
    listBillingTerms,
  },
  audit: SUBSCRIPTIONS_CHECKS,
  consumers: [
    onDayStarted,
    onPlanCreated,
    onPlanUpdated,
    onCustomerCreated,
    onCustomerUpdated,
    onCustomerErased,
    onCustomerClosed,
  ],
  workers: (env) => [
    {
      name: "subscriptions: ending those of closed customers",
      step: () => endOfClosedCustomers(env),
      interval_ms: LOOK_MS,
    },
  ],
  setUp: async ({ db }) => {
    const reads = new Pipeline(db);
    return { tools: { reads }, stop: () => reads.close() };
  },
});
