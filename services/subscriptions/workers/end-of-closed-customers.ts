import type { ServiceEnv } from "../../../shared/service/service-env";
import { parseIsoInstant } from "../../../shared/time";
import { Subscription } from "../models/subscription";
import { cancelSubscription } from "../queries/cancel-subscription";
import { subscriptionsOfClosed } from "../queries/customers";

const BATCH = 100;

/**
 * Cancels the active subscriptions of closed customers, as of the day on which each was closed. It looks at
 * what is, not at events: a subscription that was created at the same moment ends too.
 * @returns how many were cancelled
 */
export async function endOfClosedCustomers(env: ServiceEnv): Promise<number> {
  const { db, clock, config, transaction } = env;
  const found = await subscriptionsOfClosed(db, BATCH);
  for (const { id, closed_at } of found) {
    // A test clock says nothing about the wall clock, by which customers are closed.
    const at = config.testClock ? await clock.now() : parseIsoInstant(closed_at);
    const subscription = await Subscription.query(db).findById(id).throwIfNotFound();
    await transaction((trx) => cancelSubscription(trx, subscription, at, clock.zone));
  }
  return found.length;
}
