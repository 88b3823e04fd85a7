import type { ActionHandler } from "../../../shared/service/service-env";
import { insertCustomer, refuseTakenExternalId } from "../customers";
import { viewCustomer } from "../models/customer-view";

/** Creates a customer without users. @throws BillingError 409 naming external_id */
export const createCustomer: ActionHandler<"identity.createCustomer"> = async ({ params, transaction }) =>
  viewCustomer(await refuseTakenExternalId(transaction((trx) => insertCustomer(trx, params))));
