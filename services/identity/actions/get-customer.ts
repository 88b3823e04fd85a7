import type { ActionHandler } from "../../../shared/service/service-env";
import { findCustomer } from "../customers";
import { viewCustomer } from "../models/customer-view";

/** One customer, for its users and staff. @throws BillingError 404 */
export const getCustomer: ActionHandler<"identity.getCustomer"> = async ({ params, caller, db }) =>
  viewCustomer(await findCustomer(db, params.customer, caller));
