import { consume } from "../../../shared/events/consumer";
import { endBillables, insertBillables } from "../queries/project-subscriptions";

export const onSubscriptionCreated = consume("subscription.created", (trx, events) =>
  insertBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);

export const onSubscriptionCancelled = consume("subscription.cancelled", (trx, events) =>
  endBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);

export const onSubscriptionExpired = consume("subscription.expired", (trx, events) =>
  endBillables(
    trx,
    events.map(({ payload }) => payload),
  ),
);
