import { defineService } from "../../shared/service/define-service";
import { digestBillingTerms, listBillingTerms } from "./actions/billing-terms";
import { createSubscription } from "./actions/create-subscription";
import { getSubscription } from "./actions/get-subscription";
import { listSubscriptions } from "./actions/list-subscriptions";
import { unsubscribe } from "./actions/unsubscribe";
import { onDayStarted } from "./consumers/on-day-started";
import { SUBSCRIPTIONS_CHECKS } from "./queries/audit/checks";

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
  consumers: [onDayStarted],
});
