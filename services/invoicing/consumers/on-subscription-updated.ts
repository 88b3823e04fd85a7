import { consume } from "../../../shared/events/consumer";
import { setMetadata } from "../queries/project-subscriptions";

/** Keeps the subscription's metadata, for the invoices that are issued from now on. */
export const onSubscriptionUpdated = consume("subscription.updated", (trx, events) =>
  setMetadata(
    trx,
    events.map(({ payload }) => payload),
  ),
);
