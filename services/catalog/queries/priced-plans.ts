import { BASE_ITEM } from "../../../shared/contracts/catalog";
import type { Knex } from "../../../shared/db/open-database";
import { COMPONENTS, PricedPlan } from "../models/plan";
import { PlanPrice } from "../models/plan-price";

/** Plans with their components and current prices, the newest ones: no price is set for the future. */
export function pricedPlans(db: Knex) {
  const currentPrice = PlanPrice.query()
    .select("amount_minor")
    .whereColumn("plan_id", "plans.id")
    .where({ item: BASE_ITEM })
    .orderBy("effective_from", "desc")
    .limit(1);
  return PricedPlan.query(db).select("plans.*", currentPrice.as("amount_minor"), COMPONENTS.as("components"));
}
