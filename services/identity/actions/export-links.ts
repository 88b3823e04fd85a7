import { exportedLink } from "../../../shared/contracts/accounts";
import { columnsOf, view } from "../../../shared/contracts/fields";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { AccountLink } from "../models/account-link";

/** A page of the links that were mailed to a customer's users, and to those who were invited to it. */
export const exportLinks: ActionHandler<"identity.exportLinks"> = async ({
  params: { customer: customer_id, limit, cursor },
  db,
}) => {
  const users = db("customer_users").where({ customer_id }).select("user_id");
  const query = AccountLink.query(db)
    .where((mine) => void mine.where({ customer_id }).orWhereIn("user_id", users))
    .orderBy("id")
    .limit(limit + 1)
    .select(...columnsOf(exportedLink));
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map((row) => view(exportedLink, row)), next };
};
