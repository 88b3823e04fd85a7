import { consume } from "../../../shared/events/consumer";
import { endBillables } from "../queries/project-subscriptions";

export const onSubscriptionExpired = consume("subscription.expired", (trx, events) =>
  endBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);
