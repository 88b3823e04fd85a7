import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import { planEvent } from "../models/plan-view";
import { Plan, type PricedPlan } from "../models/plan";
import { ALWAYS } from "../../../shared/time";
import { setPrice } from "./set-price";

type NewPlan = Pick<
  PricedPlan,
  | "name"
  | "product"
  | "amount_minor"
  | "currency"
  | "interval"
  | "interval_count"
  | "trial_days"
  | "description"
  | "features"
  | "metadata"
>;

/**
 * Creates a plan with its first price, and appends their events. The price is in force from 1970: staff may
 * start a subscription before the plan was created.
 * @throws the violation of plans_name_on_offer when a plan on offer has the name already
 */
export async function addPlan(
  trx: Knex.Transaction,
  { amount_minor, ...fields }: NewPlan,
): Promise<PricedPlan> {
  const plan = await Plan.query(trx).insert(fields).returning("*");
  await appendEvents<"catalog">(trx, [
    { type: "plan.created", subject_id: plan.id, payload: planEvent(plan) },
  ]);
  await setPrice(trx, plan, amount_minor, ALWAYS);
  return Object.assign(plan, { amount_minor });
}
