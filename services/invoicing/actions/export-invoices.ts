import { z } from "zod";
import { fieldsOf, view } from "../../../shared/contracts/fields";
import { fullInvoice, invoiceLine } from "../../../shared/contracts/invoicing";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ShownInvoice } from "../models/invoice";
import { InvoiceLine } from "../models/invoice-line";

const SEQUENCE_CURSOR = z.tuple([z.string().regex(/^[1-9]\d{0,17}$/)]);

/** A page of a customer's invoices with their lines, the oldest first. */
export const exportInvoices: ActionHandler<"invoicing.exportInvoices"> = async ({
  params: { customer, limit, cursor },
  db,
}) => {
  const query = ShownInvoice.read(db)
    .where({ customer_id: customer })
    .orderBy("sequence")
    .limit(limit + 1);
  if (cursor !== undefined) void query.where("sequence", ">", ...decodeCursor(cursor, SEQUENCE_CURSOR));
  const { items, next } = toPage(await query, limit, ({ sequence }) => [String(sequence)]);
  const lines = await InvoiceLine.query(db)
    .whereIn(
      "invoice_id",
      items.map(({ id }) => id),
    )
    .orderBy(["invoice_id", "position"])
    .select("invoice_id", ...fieldsOf(invoiceLine));
  return {
    items: items.map((row) =>
      view(fullInvoice, row, {
        lines: lines.filter(({ invoice_id }) => invoice_id === row.id).map((line) => view(invoiceLine, line)),
      }),
    ),
    next,
  };
};
