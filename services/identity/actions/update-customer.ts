import { STAFF_FIELDS } from "../../../shared/contracts/customers";
import type { ActionHandler } from "../../../shared/service/service-env";
import { changeCustomer, lockCustomer, refuseTakenExternalId } from "../customers";
import { refuseStaffFields } from "../staff-fields";
import { seesAll } from "../../../shared/service/caller";
import { viewCustomer } from "../models/customer-view";

/**
 * Changes a customer: any for staff; for users those that they belong to, and of those the contact.
 * @throws BillingError 404; 403 naming a field that is for staff; 409 naming external_id
 */
export const updateCustomer: ActionHandler<"identity.updateCustomer"> = async ({
  params: { customer, ...fields },
  caller,
  transaction,
}) => {
  const changing = transaction(async (trx) => {
    const locked = await lockCustomer(trx, customer, caller);
    if (!seesAll(caller)) refuseStaffFields(fields, STAFF_FIELDS);
    return changeCustomer(trx, locked, fields);
  });
  return viewCustomer(await refuseTakenExternalId(changing));
};
