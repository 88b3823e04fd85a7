import { view } from "../../../shared/contracts/fields";
import { endedFact } from "../../../shared/contracts/subscriptions";
import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import { dayOf, type IsoInstant } from "../../../shared/time";
import { endWhenCancelled } from "../domain/dates";
import { subscriptionStates } from "../domain/subscription.state";
import { tellEntitlements, uncovered } from "./entitlements";
import { Subscription } from "../models/subscription";

/**
 * Cancels a subscription as of the day of an instant of business time, with its event.
 * @returns undefined when its state does not allow that
 */
export async function cancelSubscription(
  trx: Knex.Transaction,
  subscription: Subscription,
  cancelled_at: IsoInstant,
  zone: string,
): Promise<Subscription | undefined> {
  const end_date = endWhenCancelled(subscription, dayOf(cancelled_at, zone));
  const [cancelled] = await Subscription.query(trx)
    .patch({ status: "cancelled", cancelled_at, end_date })
    .where({ id: subscription.id })
    .whereIn("status", subscriptionStates.before("cancelled"))
    .returning("*");
  if (cancelled === undefined) return undefined;
  const payload = view(endedFact, cancelled, { end_date });
  await appendEvents<"subscriptions">(trx, [
    { type: "subscription.cancelled", subject_id: cancelled.id, payload },
  ]);
  if (cancelled.begun) await tellEntitlements(trx, [uncovered(cancelled.customer_id, cancelled.product)]);
  return cancelled;
}
