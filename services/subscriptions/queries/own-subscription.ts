import { requireOwner, type Caller } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { Knex } from "../../../shared/db/open-database";
import { ShownSubscription } from "../models/subscription";

/**
 * A subscription that the caller may see: its own, or anyone's for staff.
 * @throws BillingError 404 when it does not exist, or is another customer's
 */
export async function ownSubscription(db: Knex, id: string, caller: Caller): Promise<ShownSubscription> {
  const subscription = await ShownSubscription.read(db).findById(id);
  if (subscription === undefined) throw notFound("subscription");
  requireOwner(caller, subscription.customer_id, "subscription");
  return subscription;
}
