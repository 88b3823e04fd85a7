import { requireOwner, type Caller } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { Subscription } from "../models/subscription";

/**
 * A subscription that the caller may see: its own, or anyone's for staff.
 * @throws BillingError 404 when it does not exist, or is another user's
 */
export async function ownSubscription(db: Knex, id: string, caller: Caller): Promise<Subscription> {
  const subscription = await Subscription.query(db).findById(id);
  if (subscription === undefined) throw notFound("subscription");
  requireOwner(caller, subscription.user_id, "subscription");
  return subscription;
}
