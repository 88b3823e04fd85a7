import { invoice, type BillTo, type Invoice as InvoiceView } from "../../../shared/contracts/invoicing";
import { view } from "../../../shared/contracts/fields";
import type { Knex } from "../../../shared/db/open-database";
import { notFound } from "../../../shared/errors";
import { ShownInvoice } from "../models/invoice";

/** An invoice as the contract shows it, and whom it was billed to. @throws BillingError 404 */
export async function findInvoice(
  db: Knex,
  id: string,
): Promise<{ invoice: InvoiceView; bill_to: BillTo | null }> {
  const row = await ShownInvoice.read(db).findById(id);
  if (row === undefined) throw notFound("invoice");
  return { invoice: view(invoice, row), bill_to: row.bill_to };
}
