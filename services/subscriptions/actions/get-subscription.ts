import type { ActionHandler } from "../../../shared/service/service-env";
import { toResult } from "../models/to-result";
import { ownSubscription } from "../queries/own-subscription";

/** One subscription, for its owner and staff. */
export const getSubscription: ActionHandler<"subscriptions.getSubscription"> = async ({
  params,
  db,
  caller,
  clock,
}) => toResult(await ownSubscription(db, params.id, caller), await clock.today());
