import { BASE_ITEM, type Component } from "../../../shared/contracts/catalog";
import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import { planEvent, withoutPrices } from "../models/plan-view";
import { Plan, type PricedPlan } from "../models/plan";
import { PlanComponent } from "../models/plan-component";
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
> & { components?: Component[] };

/**
 * Creates a plan with its components and first prices, and appends their events. The prices are in force
 * from 1970: staff may start a subscription before the plan was created.
 * @throws the violation of plans_name_on_offer when a plan on offer has the name already
 */
export async function addPlan(
  trx: Knex.Transaction,
  { amount_minor, components = [], ...fields }: NewPlan,
): Promise<PricedPlan> {
  const plan = await Plan.query(trx).insert(fields).returning("*");
  const rows = withoutPrices(components).map((component, index) => ({
    ...component,
    plan_id: plan.id,
    position: index + 1,
  }));
  if (rows.length > 0) await PlanComponent.query(trx).insert(rows);
  await appendEvents<"catalog">(trx, [
    { type: "plan.created", subject_id: plan.id, payload: planEvent(plan, components) },
  ]);
  await setPrice(trx, plan, BASE_ITEM, amount_minor, ALWAYS);
  for (const component of components)
    await setPrice(trx, plan, component.item, component.amount_minor, ALWAYS);
  return Object.assign(plan, { amount_minor, components });
}
