import { defineService } from "../../shared/service/define-service";
import { digestBillingTerms, listBillingTerms } from "./actions/billing-terms";
import { createSubscription } from "./actions/create-subscription";
import { getSubscription } from "./actions/get-subscription";
import { listSubscriptions } from "./actions/list-subscriptions";
import { unsubscribe } from "./actions/unsubscribe";
import { onCustomerClosed } from "./consumers/on-customer-closed";
import { onCustomerCreated } from "./consumers/on-customer-created";
import { onCustomerUpdated } from "./consumers/on-customer-updated";
import { onDayStarted } from "./consumers/on-day-started";
import { SUBSCRIPTIONS_CHECKS } from "./queries/audit/checks";
import { endOfClosedCustomers } from "./workers/end-of-closed-customers";

const LOOK_MS = 15_000;

export default defineService("subscriptions", {
  actions: {
    listSubscriptions,
    getSubscription,
    createSubscription,
    unsubscribe,
    digestBillingTerms,
    listBillingTerms,
  },
  audit: SUBSCRIPTIONS_CHECKS,
  consumers: [onDayStarted, onCustomerCreated, onCustomerUpdated, onCustomerClosed],
  workers: (env) => [
    {
      name: "subscriptions: ending those of closed customers",
      step: () => endOfClosedCustomers(env),
      interval_ms: LOOK_MS,
    },
  ],
});
