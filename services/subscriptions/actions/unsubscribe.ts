import { view } from "../../../shared/contracts/fields";
import { endedFact } from "../../../shared/contracts/subscriptions";
import { conflict, type BillingError } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { appendEvents } from "../../../shared/events/outbox";
import { unknownCase } from "../../../shared/states";
import { dayOf } from "../../../shared/time";
import { endWhenCancelled } from "../domain/dates";
import { subscriptionStates } from "../domain/subscription.state";
import { Subscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";
import { ownSubscription } from "../queries/own-subscription";

/** Cancels an active subscription as of today, for its owner and staff. */
export const unsubscribe: ActionHandler<"subscriptions.unsubscribe"> = async (env) => {
  const { params, db, caller, clock, transaction } = env;
  const subscription = await ownSubscription(db, params.id, caller);
  const cancelled_at = await clock.now();
  const today = dayOf(cancelled_at, clock.zone);
  const end_date = endWhenCancelled(subscription, today);

  const cancelled = await transaction(async (trx) => {
    const [changed] = await Subscription.query(trx)
      .patch({ status: "cancelled", cancelled_at, end_date })
      .where({ id: params.id })
      .whereIn("status", subscriptionStates.before("cancelled"))
      .returning("*");
    if (changed === undefined)
      throw notCancellable(await Subscription.query(trx).findById(params.id).throwIfNotFound());
    await appendEvents<"subscriptions">(trx, [
      {
        type: "subscription.cancelled",
        subject_id: changed.id,
        payload: view(endedFact, changed, { end_date }),
      },
    ]);
    return changed;
  });
  return viewSubscription(cancelled, today);
};

/** Why a subscription in this state cannot be cancelled. */
function notCancellable({ status }: Subscription): BillingError {
  switch (status) {
    case "cancelled":
      return conflict("subscription.already_cancelled", "Subscription already cancelled.", 400);
    case "expired":
      return conflict("subscription.expired", "Subscription has expired.", 400);
    case "active":
      throw new Error("an active subscription can be cancelled");
    default:
      return unknownCase(status);
  }
}
