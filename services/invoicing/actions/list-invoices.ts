import { z } from "zod";
import { customersOf, seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, toPage } from "../../../shared/db/keyset";
import type { InvoicingTools } from "../tools";
import { readInvoices, type InvoiceFilter } from "../queries/list-invoices";

const sequence = z.string().regex(/^[1-9]\d{0,17}$/);

/** A page of invoices, by their numbers: of the caller's customers, or of all for staff. */
export const listInvoices: ActionHandler<"invoicing.listInvoices", InvoicingTools> = async ({
  params,
  caller,
  db,
  tools,
}) => {
  const { limit, cursor, order, number, metadata, ...filter } = params;
  const [place] = cursor === undefined ? [] : decodeCursor(cursor, z.tuple([sequence]));
  const whose = seesAll(caller) ? {} : ownedBy(customersOf(caller), filter.customer);
  if (whose === undefined) return { items: [], next: null };
  const wanted = number === undefined ? undefined : sequenceOf(number);
  if (wanted !== undefined && !sequence.safeParse(wanted).success) return { items: [], next: null };
  const rows = await readInvoices(
    { db, tools },
    {
      ...filter,
      ...whose,
      sequence: wanted,
      metadata: metadata && JSON.stringify({ [metadata.key]: metadata.value }),
      [order === "newest" ? "below" : "above"]: place,
    },
    limit + 1,
    order,
  );
  return toPage(rows, limit, (each) => [sequenceOf(each.number)]);
};

/** Narrows a filter to the customers of the caller; undefined where no invoice can be theirs. */
function ownedBy(own: readonly string[], wanted: string | undefined): InvoiceFilter | undefined {
  if (wanted !== undefined) return own.includes(wanted) ? {} : undefined;
  const [only, ...others] = own;
  if (only === undefined) return undefined;
  return others.length === 0 ? { customer: only } : { customers: [...own] };
}

/** A number is its sequence with leading zeros: INV-00000042 is the 42nd. */
function sequenceOf(number: string): string {
  return number.replace(/^\D+0*/, "");
}
