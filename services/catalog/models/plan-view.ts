import { plan, planFact } from "../../../shared/contracts/catalog";
import { view } from "../../../shared/contracts/fields";
import type { Plan, PricedPlan } from "./plan";

/** A plan as the contract shows it. */
export const viewPlan = (row: PricedPlan) => view(plan, row);

/** What events say about a plan. */
export const planEvent = (row: Plan) => view(planFact, row, { archived: row.archived_at !== null });
