import type { ActionHandler } from "../../../shared/service/service-env";
import { columnsOf, view } from "../../../shared/contracts/fields";
import { delivery } from "../../../shared/contracts/notifications";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { Delivery } from "../models/delivery";

/** A page of deliveries, the latest first; on request only those of one invoice or in one state. */
export const listDeliveries: ActionHandler<"notifications.listDeliveries"> = async ({ params, db }) => {
  const { invoice, status, cursor, limit } = params;
  const query = Delivery.query(db)
    .select(...columnsOf(delivery))
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (invoice !== undefined) void query.where({ invoice_id: invoice });
  if (status !== undefined) void query.where({ status });
  if (cursor !== undefined) void query.where("id", "<", decodeCursor(cursor, ID_CURSOR)[0]);
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map((row) => view(delivery, row)), next };
};
