import { seesAll } from "../../../shared/service/caller";
import { forbidden } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { viewPlan } from "../models/plan-view";
import { pricedPlans } from "../queries/priced-plans";

/**
 * A page of the plans on offer, oldest first; with `archived` of all plans.
 * @throws BillingError 403 for `archived` when the caller is not staff
 */
export const listPlans: ActionHandler<"catalog.listPlans"> = async ({ params, db, caller }) => {
  if (params.archived && !seesAll(caller)) throw forbidden("Only staff see archived plans.");
  const query = pricedPlans(db)
    .orderBy("id")
    .limit(params.limit + 1);
  if (!params.archived) query.whereNull("archived_at");
  if (params.cursor !== undefined) query.where("id", ">", decodeCursor(params.cursor, ID_CURSOR)[0]);
  const { items, next } = toPage(await query, params.limit, (plan) => [plan.id]);
  return { items: items.map(viewPlan), next };
};
