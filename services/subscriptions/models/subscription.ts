import { Model, raw, type QueryBuilder } from "objection";
import type { Knex } from "../../../shared/db/open-database";
import type { SubscriptionItem, SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import type { Interval } from "../../../shared/time";

/** A row of `subscriptions`. */
export class Subscription extends Model {
  static override tableName = "subscriptions";
  static override jsonAttributes = ["metadata"];

  declare id: string;
  declare customer_id: string;
  declare plan_id: string;
  declare product: string;
  declare status: SubscriptionStatus;
  declare start_date: string;
  declare end_date: string | null;
  declare cancelled_at: string | null;
  declare currency: string;
  declare interval: Interval;
  declare interval_count: number;
  declare trial_days: number;
  declare metadata: Record<string, string>;
  /** whether its start has been told */
  declare begun: boolean;
  declare created_on: string;
  declare created_at: string;
}

/** SQL of a subscription's items that have no end yet. */
const ITEMS = `'[{"item":"base","quantity":1}]'::jsonb || (
  SELECT coalesce(jsonb_agg(
    jsonb_build_object('item', item, 'quantity', quantity) ORDER BY item COLLATE "C"), '[]')
  FROM subscription_items WHERE subscription_id = subscriptions.id AND upper_inf(days)
)`;

/** A subscription, its items, and the user who signed up as its customer, if the customer came that way. */
export class ShownSubscription extends Subscription {
  declare user_id: string | null;
  /** what it is billed for, the plan's own price first */
  declare items: SubscriptionItem[];

  static read(db: Knex): QueryBuilder<ShownSubscription> {
    const user = raw("(SELECT user_id FROM customers WHERE customers.id = customer_id)");
    return ShownSubscription.query(db).select("subscriptions.*", user.as("user_id"), raw(ITEMS).as("items"));
  }
}
