import { Model } from "objection";
import type { Interval } from "../../../shared/time";

/** A row of `plans`. */
export class Plan extends Model {
  static override tableName = "plans";

  declare id: string;
  declare name: string;
  declare product: string;
  declare currency: string;
  declare interval: Interval;
  declare interval_count: number;
  declare trial_days: number;
  declare description: string;
  declare archived_at: string | null;
  declare created_at: string;
}

/** A plan with its current price, as `pricedPlans` reads it. */
export class PricedPlan extends Plan {
  declare amount_minor: number;
}
