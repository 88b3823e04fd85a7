import { defineService } from "../../shared/service/define-service";
import { digestBillingTerms, listBillingTerms } from "./actions/billing-terms";
import { createSubscription } from "./actions/create-subscription";
import { getSubscription } from "./actions/get-subscription";
import { listSubscriptions } from "./actions/list-subscriptions";
import { unsubscribe } from "./actions/unsubscribe";
import { onDayStarted } from "./consumers/on-day-started";
import { onUserRegistered } from "./consumers/on-user-registered";
import { onUserUpdated } from "./consumers/on-user-updated";
import { SUBSCRIPTIONS_CHECKS } from "./queries/audit/checks";
import { endOfClosedAccounts } from "./workers/end-of-closed-accounts";

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
  consumers: [onDayStarted, onUserRegistered, onUserUpdated],
  workers: (env) => [
    {
      name: "subscriptions: ending those of closed accounts",
      step: () => endOfClosedAccounts(env),
      interval_ms: LOOK_MS,
    },
  ],
});
