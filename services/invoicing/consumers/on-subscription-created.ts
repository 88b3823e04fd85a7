import { consume } from "../../../shared/events/consumer";
import { insertBillables } from "../queries/project-subscriptions";

export const onSubscriptionCreated = consume("subscription.created", (trx, events) =>
  insertBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);
