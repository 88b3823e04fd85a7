import { Model } from "objection";

/** A row of `plan_components`: a part of a plan that has a price of its own. */
export class PlanComponent extends Model {
  static override tableName = "plan_components";
  static override idColumn = ["plan_id", "item"];

  declare plan_id: string;
  declare item: string;
  /** what customers read on invoices */
  declare description: string;
  /** whether the price is multiplied by a quantity */
  declare per_unit: boolean;
  /** its place on invoices, from 1 */
  declare position: number;
}
