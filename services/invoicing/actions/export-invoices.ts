import { z } from "zod";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { showFullInvoice } from "../queries/full-invoice";
import { ShownInvoice } from "../models/invoice";

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
  return { items: items.map(showFullInvoice), next };
};
