import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { withMetadata } from "../../../shared/db/list-filters";
import { endOfDay, startOfDay } from "../../../shared/time";
import { customersOf, seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Customer } from "../models/customer";
import { viewCustomer } from "../models/customer-view";

/** Lists customers by the time when they were made: all for staff, those of the caller for others. */
export const listCustomers: ActionHandler<"identity.listCustomers"> = async ({
  params: { limit, cursor, order, external_id, email, created_from, created_to, metadata },
  caller,
  clock,
  db,
}) => {
  const query = Customer.query(db)
    .orderBy("id", order === "newest" ? "desc" : "asc")
    .limit(limit + 1);
  if (!seesAll(caller)) void query.whereIn("id", [...customersOf(caller)]);
  if (external_id !== undefined) void query.where({ external_id });
  if (email !== undefined) void query.whereRaw("lower(email) = lower(?)", [email]);
  if (created_from !== undefined) void query.where("created_at", ">=", startOfDay(created_from, clock.zone));
  if (created_to !== undefined) void query.where("created_at", "<", endOfDay(created_to, clock.zone));
  withMetadata(query, metadata);
  if (cursor !== undefined)
    void query.where("id", order === "newest" ? "<" : ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, (customer) => [customer.id]);
  return { items: items.map(viewCustomer), next };
};
