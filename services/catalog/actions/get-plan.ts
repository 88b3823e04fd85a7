import { z } from "zod";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { viewPlan } from "../models/plan-view";
import { pricedPlans } from "../queries/priced-plans";

/** A plan by its id, or a plan on offer by its name. @throws BillingError 404 */
export const getPlan: ActionHandler<"catalog.getPlan"> = async ({ params, db }) => {
  const query = pricedPlans(db).first();
  if (z.uuid().safeParse(params.plan).success) query.where("id", params.plan);
  else query.whereNull("archived_at").whereRaw("lower(name) = lower(?)", [params.plan]);
  const plan = await query;
  if (plan === undefined) throw notFound("plan");
  return viewPlan(plan);
};
