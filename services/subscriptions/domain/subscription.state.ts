import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import { stateMachine } from "../../../shared/states";

/** Both ends are final: who comes back subscribes anew. */
export const subscriptionStates = stateMachine<SubscriptionStatus>({
  active: ["cancelled", "expired"],
  cancelled: [],
  expired: [],
});
