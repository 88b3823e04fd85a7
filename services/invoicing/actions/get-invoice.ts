import { requireOwner } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { INVOICE_COLUMNS, Invoice } from "../models/invoice";
import { InvoiceLine } from "../models/invoice-line";

/** One invoice with its lines. @throws BillingError 404, also for another user's */
export const getInvoice: ActionHandler<"invoicing.getInvoice"> = async ({ params, caller, db }) => {
  const invoice = await Invoice.query(db)
    .findById(params.id)
    .select(...INVOICE_COLUMNS);
  if (invoice === undefined) throw notFound("invoice");
  requireOwner(caller, invoice.user_id, "invoice");
  const lines = await InvoiceLine.query(db)
    .select("description", "quantity", "unit_amount_minor", "amount_minor")
    .where("invoice_id", invoice.id)
    .orderBy("position");
  return Object.assign(invoice.toJSON() as Invoice, { lines });
};
