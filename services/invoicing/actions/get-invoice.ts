import { fieldsOf } from "../../../shared/contracts/fields";
import { invoiceLine } from "../../../shared/contracts/invoicing";
import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { InvoiceLine } from "../models/invoice-line";
import { findInvoice } from "../queries/find-invoice";

/** One invoice with its lines. @throws BillingError 404, also for another customer's invoice */
export const getInvoice: ActionHandler<"invoicing.getInvoice"> = async ({ params, caller, db }) => {
  const { invoice, bill_to } = await findInvoice(db, params.id);
  requireOwner(caller, invoice.customer, "invoice");
  const lines = await InvoiceLine.query(db)
    .select(fieldsOf(invoiceLine))
    .where("invoice_id", invoice.id)
    .orderBy("position");
  return { ...invoice, bill_to, lines };
};
