import { consume } from "../../../shared/events/consumer";
import { endBillables } from "../queries/project-subscriptions";

export const onSubscriptionCancelled = consume("subscription.cancelled", (trx, events) =>
  endBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);
