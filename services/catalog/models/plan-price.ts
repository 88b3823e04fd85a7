import { Model } from "objection";

/** A row of `plan_prices`: an amount, and the business time from which it is in force until the next one. */
export class PlanPrice extends Model {
  static override tableName = "plan_prices";
  static override idColumn = ["plan_id", "item", "effective_from"];

  declare plan_id: string;
  /** a component of the plan, or `base` for the price of the plan itself */
  declare item: string;
  declare effective_from: string;
  declare amount_minor: number;
}
