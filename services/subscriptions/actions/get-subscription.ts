import type { ActionHandler } from "../../../shared/service/service-env";
import { viewSubscription } from "../models/subscription-view";
import { ownSubscription } from "../queries/own-subscription";

/** One subscription, for its owner and staff. */
export const getSubscription: ActionHandler<"subscriptions.getSubscription"> = async ({
  params,
  db,
  caller,
  clock,
}) => viewSubscription(await ownSubscription(db, params.id, caller), await clock.today());
