import { notFound } from "../../../shared/errors";
import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findCustomer } from "../queries/customers";
import type { SubscriptionsTools } from "../tools";
import { coveredBy, readCovering, uncovered } from "../queries/entitlements";

const CATCH_UP_WITHIN_MS = 1_000;

/**
 * What a customer may do today, for its users and staff. A plan's features count as soon as they are changed.
 * @throws BillingError 404 for a customer that does not exist or that the caller does not belong to
 */
export const getEntitlements: ActionHandler<"subscriptions.getEntitlements", SubscriptionsTools> = async ({
  params: { customer, product },
  caller,
  clock,
  db,
  tools,
  catchUp,
}) => {
  requireOwner(caller, customer, "customer");
  const today = await clock.today();
  const covering = await readCovering(tools.reads, customer, product, today);
  if (covering !== undefined) return { ...coveredBy(covering, today), features: covering.features };
  // One that was made a second ago may not be known here yet.
  if ((await findCustomer(db, customer)) === undefined) {
    await catchUp("identity", CATCH_UP_WITHIN_MS);
    if ((await findCustomer(db, customer)) === undefined) throw notFound("customer");
  }
  return { ...uncovered(customer, product), features: {} };
};
