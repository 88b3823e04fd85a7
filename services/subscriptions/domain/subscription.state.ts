import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import { stateMachine } from "../../../shared/states";

export const subscriptionStates = stateMachine<SubscriptionStatus>({
  active: ["cancelled", "expired"],
  cancelled: [],
  expired: [],
});
