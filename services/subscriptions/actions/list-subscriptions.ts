import { isStaff, userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { Subscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";

/** A page of subscriptions, newest first: the caller's own, or everybody's for staff. */
export const listSubscriptions: ActionHandler<"subscriptions.listSubscriptions"> = async (env) => {
  const { db, caller, clock } = env;
  const { limit, cursor, status, user_id } = env.params;
  const query = Subscription.query(db)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (!isStaff(caller)) query.where("user_id", userIdOf(caller) ?? null);
  if (user_id !== undefined) query.where({ user_id });
  if (status !== undefined) query.where({ status });
  if (cursor !== undefined) query.where("id", "<", decodeCursor(cursor, ID_CURSOR)[0]);
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  const today = await clock.today();
  return { items: items.map((subscription) => viewSubscription(subscription, today)), next };
};
