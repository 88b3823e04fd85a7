import { view } from "../../../shared/contracts/fields";
import { charge } from "../../../shared/contracts/invoicing";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Charge } from "../models/charge";

/** A customer's charges, newest first, or those that no invoice has yet. @throws BillingError 404 */
export const listCharges: ActionHandler<"invoicing.listCharges"> = async ({
  params: { customer, waiting, limit, cursor },
  caller,
  db,
}) => {
  requireOwner(caller, customer, "customer");
  const query = Charge.query(db)
    .where({ customer_id: customer })
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (waiting) void query.whereNull("invoice_id");
  if (cursor !== undefined) void query.where("id", "<", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map((row) => view(charge, row)), next };
};
