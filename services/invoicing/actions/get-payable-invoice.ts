import { requireOwner } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { INVOICE_COLUMNS, Invoice } from "../models/invoice";

/**
 * An invoice for whoever holds its id; a signed-in caller must be owner or staff.
 * @throws BillingError 404
 */
export const getPayableInvoice: ActionHandler<"invoicing.getPayableInvoice"> = async ({
  params,
  caller,
  db,
}) => {
  const invoice = await Invoice.query(db)
    .findById(params.id)
    .select(...INVOICE_COLUMNS);
  if (invoice === undefined) throw notFound("invoice");
  if (caller.kind !== "anonymous") requireOwner(caller, invoice.user_id, "invoice");
  return invoice;
};
