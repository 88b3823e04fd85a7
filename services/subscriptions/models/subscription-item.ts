import { Model } from "objection";

/** A row of `subscription_items`: how much of a component of its plan a subscription has on some days. */
export class SubscriptionItem extends Model {
  static override tableName = "subscription_items";
  static override idColumn = ["subscription_id", "item", "days"];

  declare subscription_id: string;
  declare item: string;
  declare plan_id: string;
  declare quantity: number;
  /** a Postgres daterange, such as [2026-01-31,) */
  declare days: string;
}
