import { view } from "../../../shared/contracts/fields";
import {
  subscription,
  subscriptionFact,
  type SubscriptionItem,
} from "../../../shared/contracts/subscriptions";
import type { IsoDate } from "../../../shared/time";
import { currentPeriod } from "../domain/current-period";
import type { ShownSubscription, Subscription } from "./subscription";

/** A subscription as the contract shows it on a day in the billing zone. */
export function viewSubscription(row: ShownSubscription, today: IsoDate) {
  const period = currentPeriod(row, today);
  return view(subscription, row, {
    current_period_start: period?.start ?? null,
    current_period_end: period?.end ?? null,
  });
}

/** What the event says about a new subscription. */
export const subscriptionEvent = (row: Subscription, items: SubscriptionItem[]) =>
  view(subscriptionFact, row, { subscribed_at: row.created_at, items });
