import type { ActionHandler } from "../../../shared/service/service-env";
import { closeCustomer as close, lockCustomer } from "../customers";

/** Closes a customer, whose subscriptions then end. Repeating it changes nothing. @throws BillingError 404 */
export const closeCustomer: ActionHandler<"identity.closeCustomer"> = async ({
  params,
  caller,
  transaction,
}) => {
  await transaction(async (trx) => close(trx, await lockCustomer(trx, params.customer, caller)));
  return null;
};
