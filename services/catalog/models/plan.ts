import { Model, raw } from "objection";
import type { Component, Features } from "../../../shared/contracts/catalog";
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

/** The components of a plan with their newest prices, in the order of the invoice. */
export const COMPONENTS = raw(`(
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'item', item, 'description', part.description, 'per_unit', per_unit, 'amount_minor', (
        SELECT amount_minor FROM plan_prices AS price
        WHERE price.plan_id = part.plan_id AND price.item = part.item
        ORDER BY effective_from DESC LIMIT 1
      )) ORDER BY position), '[]')
  FROM plan_components AS part WHERE part.plan_id = plans.id
)`);

/** A plan with its components and their current prices, as `pricedPlans` reads it. */
export class PricedPlan extends Plan {
  declare amount_minor: number;
  declare components: Component[];
}
