import { Model } from "objection";

/** A row of `plan_prices`: an amount, and the business time from which it is in force until the next one. */
export class PlanPrice extends Model {
  static override tableName = "plan_prices";
  static override idColumn = ["plan_id", "effective_from"];

  declare plan_id: string;
  declare effective_from: string;
  declare amount_minor: number;
}
