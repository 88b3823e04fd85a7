import { member, type Member } from "../../../shared/contracts/accounts";
import { view, type RowOf } from "../../../shared/contracts/fields";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findCustomer } from "../customers";

/** The users who belong to a customer, also deactivated ones. @throws BillingError 404 */
export const listMembers: ActionHandler<"identity.listMembers"> = async ({
  params: { customer, limit, cursor },
  caller,
  db,
}) => {
  const { id: customer_id } = await findCustomer(db, customer, caller);
  const query = db("customer_users")
    .join("users", "users.id", "user_id")
    .where({ customer_id })
    .orderBy("user_id")
    .limit(limit + 1)
    .select<RowOf<Member>[]>("user_id", "username", "email", "joined_at");
  if (cursor !== undefined) void query.where("user_id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ user_id }) => [user_id]);
  return { items: items.map((row) => view(member, row)), next };
};
