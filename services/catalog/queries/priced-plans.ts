import type { Knex } from "../../../shared/db/open-database";
import { PricedPlan } from "../models/plan";
import { PlanPrice } from "../models/plan-price";

/** Plans with their current price, which is the newest one: no price is set for the future. */
export function pricedPlans(db: Knex) {
  const currentPrice = PlanPrice.query()
    .select("amount_minor")
    .whereColumn("plan_id", "plans.id")
    .orderBy("effective_from", "desc")
    .limit(1);
  return PricedPlan.query(db).select("plans.*", currentPrice.as("amount_minor"));
}
