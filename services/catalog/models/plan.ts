import { Model } from "objection";
import type { Features } from "../../../shared/contracts/catalog";
import type { Interval } from "../../../shared/time";

/** A row of `plans`. */
export class Plan extends Model {
  static override tableName = "plans";
  static override jsonAttributes = ["features", "metadata"];

  declare id: string;
  declare name: string;
  declare product: string;
  declare currency: string;
  declare interval: Interval;
  declare interval_count: number;
  declare trial_days: number;
  declare description: string;
  declare features: Features;
  declare metadata: Record<string, string>;
  declare archived_at: string | null;
  declare created_at: string;
}

/** A plan with its current price, as `pricedPlans` reads it. */
export class PricedPlan extends Plan {
  declare amount_minor: number;
}
