import { customersOf, seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { ShownSubscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";

/** A page of subscriptions, newest first: of the caller's customers, or of all for staff. */
export const listSubscriptions: ActionHandler<"subscriptions.listSubscriptions"> = async (env) => {
  const { db, caller, clock } = env;
  const { limit, cursor, status, customer } = env.params;
  const query = ShownSubscription.read(db)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (!seesAll(caller)) query.whereIn("customer_id", [...customersOf(caller)]);
  if (customer !== undefined) query.where({ customer_id: customer });
  if (status !== undefined) query.where({ status });
  if (cursor !== undefined) query.where("id", "<", decodeCursor(cursor, ID_CURSOR)[0]);
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  const today = await clock.today();
  return { items: items.map((subscription) => viewSubscription(subscription, today)), next };
};
