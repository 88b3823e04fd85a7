import { invoice, type Invoice as InvoiceView } from "../../../shared/contracts/invoicing";
import { view } from "../../../shared/contracts/fields";
import type { Knex } from "../../../shared/db/open-database";
import { notFound } from "../../../shared/errors";
import { Invoice } from "../models/invoice";

/** An invoice as the contract shows it. @throws BillingError 404 */
export async function findInvoice(db: Knex, id: string): Promise<InvoiceView> {
  const row = await Invoice.query(db).findById(id);
  if (row === undefined) throw notFound("invoice");
  return view(invoice, row);
}
