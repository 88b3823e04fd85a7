import type { Plan as PlanResult } from "../../../shared/contracts/catalog";
import type { Knex } from "../../../shared/db/open-database";
import { PricedPlan } from "../models/plan";
import { PlanPrice } from "../models/plan-price";

/** Plans with the price that is now in force, which is the newest: no price is set for later. */
export function pricedPlans(db: Knex) {
  const presentPrice = PlanPrice.query()
    .select("amount_minor")
    .whereColumn("plan_id", "plans.id")
    .orderBy("effective_from", "desc")
    .limit(1);
  return PricedPlan.query(db).select("plans.*", presentPrice.as("amount_minor"));
}

/** A plan as the contract gives it. */
export function toPlan(plan: PricedPlan): PlanResult {
  const { id, name, amount_minor, currency, interval, interval_count, trial_days, description, archived_at } =
    plan;
  return { id, name, amount_minor, currency, interval, interval_count, trial_days, description, archived_at };
}
