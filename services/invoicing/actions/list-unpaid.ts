import { fieldsOf } from "../../../shared/contracts/fields";
import { invoice } from "../../../shared/contracts/invoicing";
import type { ActionHandler } from "../../../shared/service/service-env";
import { OPEN_STATES } from "../domain/invoice.state";
import { Invoice } from "../models/invoice";

/** Unpaid invoices that fall due within the given days, both included, in id order after `after`. */
export const listUnpaid: ActionHandler<"invoicing.listUnpaid"> = async ({ params, db }) => {
  const query = Invoice.query(db)
    .select(fieldsOf(invoice))
    .whereIn("status", OPEN_STATES)
    .whereBetween("due_date", [params.due_from, params.due_to])
    .orderBy("id")
    .limit(params.limit);
  if (params.after !== undefined) void query.where("id", ">", params.after);
  return query;
};
