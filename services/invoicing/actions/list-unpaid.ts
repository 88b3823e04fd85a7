import { view } from "../../../shared/contracts/fields";
import { invoice } from "../../../shared/contracts/invoicing";
import type { ActionHandler } from "../../../shared/service/service-env";
import { OPEN_STATES } from "../domain/invoice.state";
import { ShownInvoice } from "../models/invoice";

/** Unpaid invoices that fall due within the given days, both included, in id order after `after`. */
export const listUnpaid: ActionHandler<"invoicing.listUnpaid"> = async ({ params, db }) => {
  const query = ShownInvoice.read(db)
    .whereIn("status", OPEN_STATES)
    .whereBetween("due_date", [params.due_from, params.due_to])
    .orderBy("id")
    .limit(params.limit);
  if (params.after !== undefined) void query.where("id", ">", params.after);
  return (await query).map((row) => view(invoice, row));
};
