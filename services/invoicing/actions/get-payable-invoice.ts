import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findInvoice } from "../queries/find-invoice";

/**
 * An invoice for anyone who has its id; a signed-in caller must be its owner or staff.
 * @throws BillingError 404
 */
export const getPayableInvoice: ActionHandler<"invoicing.getPayableInvoice"> = async ({
  params,
  caller,
  db,
}) => {
  const { bill_to: _billTo, lines: _lines, ...found } = await findInvoice(db, params.id);
  if (caller.kind !== "anonymous") requireOwner(caller, found.customer, "invoice");
  return found;
};
