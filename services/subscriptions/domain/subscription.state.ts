import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";

/** Which states a subscription may go to from each. Both ends are final: who comes back subscribes anew. */
export const TRANSITIONS = {
  active: ["cancelled", "expired"],
  cancelled: [],
  expired: [],
} as const satisfies Record<SubscriptionStatus, readonly SubscriptionStatus[]>;

/** The states from which a subscription may become `to`: the guard of every compare-and-set. */
export function statesBefore(to: SubscriptionStatus): SubscriptionStatus[] {
  return (Object.keys(TRANSITIONS) as SubscriptionStatus[]).filter((from) =>
    (TRANSITIONS[from] as readonly SubscriptionStatus[]).includes(to),
  );
}
