import { conflict, type BillingError } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { unknownCase } from "../../../shared/states";
import { dayOf } from "../../../shared/time";
import { Subscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";
import { cancelSubscription } from "../queries/cancel-subscription";
import { ownSubscription } from "../queries/own-subscription";

/** Cancels an active subscription as of today, for its owner and staff. */
export const unsubscribe: ActionHandler<"subscriptions.unsubscribe"> = async (env) => {
  const { params, db, caller, clock, transaction } = env;
  const subscription = await ownSubscription(db, params.id, caller);
  const cancelled_at = await clock.now();
  const cancelled = await transaction(async (trx) => {
    const changed = await cancelSubscription(trx, subscription, cancelled_at, clock.zone);
    if (changed !== undefined) return changed;
    throw notCancellable(await Subscription.query(trx).findById(params.id).throwIfNotFound());
  });
  return viewSubscription(Object.assign(subscription, cancelled), dayOf(cancelled_at, clock.zone));
};

/** Why a subscription in this state cannot be cancelled. */
function notCancellable({ status }: Subscription): BillingError {
  switch (status) {
    case "cancelled":
      return conflict("subscription.already_cancelled", "Subscription already cancelled.", 400);
    case "expired":
      return conflict("subscription.expired", "Subscription has expired.");
    case "active":
      throw new Error("an active subscription can be cancelled");
    default:
      return unknownCase(status);
  }
}
