import { columnsOf, view } from "../../../shared/contracts/fields";
import { exportedDelivery } from "../../../shared/contracts/notifications";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Delivery } from "../models/delivery";

/** A page of the mails about some invoices, about the accounts of some users, and with some links. */
export const exportDeliveries: ActionHandler<"notifications.exportDeliveries"> = async ({
  params: { invoices, users, links, limit, cursor },
  db,
}) => {
  const query = Delivery.query(db)
    .where((wanted) => {
      void wanted.whereIn("invoice_id", invoices).orWhereIn("link_id", links);
      void wanted.orWhere((account) => {
        void account.whereIn("user_id", users).whereNull("invoice_id").whereNull("link_id");
      });
    })
    .orderBy("id")
    .limit(limit + 1)
    .select(...columnsOf(exportedDelivery));
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map((row) => view(exportedDelivery, row)), next };
};
