import type { FullInvoice } from "../../../shared/contracts/invoicing";
import type { Knex } from "../../../shared/db/open-database";
import { notFound } from "../../../shared/errors";
import { showFullInvoice } from "./full-invoice";
import { ShownInvoice } from "../models/invoice";

/** An invoice with all that stands on it. @throws BillingError 404 */
export async function findInvoice(db: Knex, id: string): Promise<FullInvoice> {
  const row = await ShownInvoice.read(db).findById(id);
  if (row === undefined) throw notFound("invoice");
  return showFullInvoice(row);
}
