import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { Delivery, DELIVERY_COLUMNS } from "../models/delivery";

/** A page of the deliveries, the latest first; those of one invoice or in one state, where asked for. */
export const listDeliveries: ActionHandler<"notifications.listDeliveries"> = async ({ params, db }) => {
  const { invoice_id, status, cursor, limit } = params;
  const query = Delivery.query(db)
    .select(...DELIVERY_COLUMNS)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (invoice_id !== undefined) void query.where({ invoice_id });
  if (status !== undefined) void query.where({ status });
  if (cursor !== undefined) void query.where("id", "<", decodeCursor(cursor, ID_CURSOR)[0]);
  return toPage<Delivery>(await query, limit, ({ id }) => [id]);
};
