import { z } from "zod";
import { isStaff, userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import type { InvoicingTools } from "../tools";
import { readInvoices } from "../queries/list-invoices";

const sequence = z.string().regex(/^[1-9]\d{0,17}$/);

/** A page of invoices, newest first: the caller's own, or everybody's for staff. */
export const listInvoices: ActionHandler<"invoicing.listInvoices", InvoicingTools> = async ({
  params,
  caller,
  db,
  tools,
}) => {
  const { limit, cursor, ...filter } = params;
  const [below] = cursor === undefined ? [] : decodeCursor(cursor, z.tuple([sequence]));
  const own = userIdOf(caller);
  const user_id = isStaff(caller) ? filter.user_id : own;
  const isOthers = own === undefined || (filter.user_id ?? own) !== own;
  if (!isStaff(caller) && isOthers) return { items: [], next: null };
  const rows = await readInvoices({ db, tools }, { ...filter, user_id, below }, limit + 1);
  return toPage(rows, limit, ({ number }) => [sequenceOf(number)]);
};

/** A number is its sequence with leading zeros: INV-00000042 is the 42nd. */
function sequenceOf(number: string): string {
  return number.replace(/^\D+0*/, "");
}
