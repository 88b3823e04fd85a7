import { conflict, type BillingError } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { appendEvents } from "../../../shared/events/outbox";
import { dayOf } from "../../../shared/time";
import { endWhenCancelled } from "../domain/dates";
import { statesBefore } from "../domain/subscription.state";
import { Subscription } from "../models/subscription";
import { toResult } from "../models/to-result";
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
      .whereIn("status", statesBefore("cancelled"))
      .returning("*");
    if (changed === undefined)
      throw endedAlready(await Subscription.query(trx).findById(params.id).throwIfNotFound());
    const { id, user_id, plan_id } = changed;
    await appendEvents<"subscriptions">(trx, [
      { type: "subscription.cancelled", subject_id: id, payload: { id, user_id, plan_id, end_date } },
    ]);
    return changed;
  });
  return toResult(cancelled, today);
};

function endedAlready({ status }: Subscription): BillingError {
  return status === "expired"
    ? conflict("subscription.expired", "Subscription has expired.", 400)
    : conflict("subscription.already_cancelled", "Subscription already cancelled.", 400);
}
