import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { customersOf, seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Customer } from "../models/customer";
import { viewCustomer } from "../models/customer-view";

/** Lists customers in the order in which they were made: all for staff, those of the caller for others. */
export const listCustomers: ActionHandler<"identity.listCustomers"> = async ({
  params: { limit, cursor, external_id, email },
  caller,
  db,
}) => {
  const query = Customer.query(db)
    .orderBy("id")
    .limit(limit + 1);
  if (!seesAll(caller)) void query.whereIn("id", [...customersOf(caller)]);
  if (external_id !== undefined) void query.where({ external_id });
  if (email !== undefined) void query.whereRaw("lower(email) = lower(?)", [email]);
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, (customer) => [customer.id]);
  return { items: items.map(viewCustomer), next };
};
