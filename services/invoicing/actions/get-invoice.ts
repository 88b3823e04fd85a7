import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findInvoice } from "../queries/find-invoice";

/** One invoice with its lines. @throws BillingError 404, also for another customer's invoice */
export const getInvoice: ActionHandler<"invoicing.getInvoice"> = async ({ params, caller, db }) => {
  const found = await findInvoice(db, params.id);
  requireOwner(caller, found.customer, "invoice");
  return found;
};
