import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import { stateMachine } from "../../../shared/states";

/** Both ends are final: a customer who comes back gets a new subscription. */
export const subscriptionStates = stateMachine<SubscriptionStatus>({
  active: ["cancelled", "expired"],
  cancelled: [],
  expired: [],
});
