import { z } from "zod";
import { isStaff, userIdOf } from "../../../shared/broker/caller";
import type { ActionHandler } from "../../../shared/broker/service-env";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import { INVOICE_COLUMNS, Invoice } from "../models/invoice";

const sequence = z.string().regex(/^[1-9]\d{0,17}$/);

/** A page of invoices, newest first: the caller's own, for staff everybody's. */
export const listInvoices: ActionHandler<"invoicing.listInvoices"> = async ({ params, caller, db }) => {
  const query = Invoice.query(db).select("sequence", ...INVOICE_COLUMNS).orderBy("sequence", "desc").limit(params.limit + 1);
  if (!isStaff(caller)) void query.where("user_id", userIdOf(caller) ?? null);
  if (params.user_id !== undefined) void query.where("user_id", params.user_id);
  if (params.subscription_id !== undefined) void query.where("subscription_id", params.subscription_id);
  if (params.status !== undefined) void query.where("status", params.status);
  if (params.cursor !== undefined) {
    const [after] = decodeCursor(params.cursor, [sequence]);
    void query.where("sequence", "<", after);
  }
  // Plain rows: making a model of each costs as much as the query itself.
  const rows = (await query.toKnexQuery()) as Invoice[];
  const { items, next } = toPage(rows, params.limit, (row) => [String(row.sequence)]);
  return { items: items.map(({ sequence: _, ...invoice }) => invoice), next };
};
