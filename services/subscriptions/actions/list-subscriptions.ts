import { customersOf, seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { withMetadata } from "../../../shared/db/list-filters";
import { ShownSubscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";

/** A page of subscriptions, by when they were made: of the caller's customers, or of all for staff. */
export const listSubscriptions: ActionHandler<"subscriptions.listSubscriptions"> = async (env) => {
  const { db, caller, clock } = env;
  const { limit, cursor, order, status, customer, plan, product, created_from, created_to } = env.params;
  const query = ShownSubscription.read(db)
    .orderBy("id", order === "newest" ? "desc" : "asc")
    .limit(limit + 1);
  if (!seesAll(caller)) query.whereIn("customer_id", [...customersOf(caller)]);
  if (customer !== undefined) query.where({ customer_id: customer });
  if (status !== undefined) query.where({ status });
  if (plan !== undefined) query.where({ plan_id: plan });
  if (product !== undefined) query.where({ product });
  if (created_from !== undefined) query.where("created_on", ">=", created_from);
  if (created_to !== undefined) query.where("created_on", "<=", created_to);
  withMetadata(query, env.params.metadata);
  if (cursor !== undefined)
    query.where("id", order === "newest" ? "<" : ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  const today = await clock.today();
  return { items: items.map((subscription) => viewSubscription(subscription, today)), next };
};
