import { Model } from "objection";
import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import type { Interval } from "../../../shared/time";

/** A row of `subscriptions`. */
export class Subscription extends Model {
  static override tableName = "subscriptions";

  declare id: string;
  declare user_id: string;
  declare plan_id: string;
  declare status: SubscriptionStatus;
  declare start_date: string;
  declare end_date: string | null;
  declare cancelled_at: string | null;
  declare currency: string;
  declare interval: Interval;
  declare interval_count: number;
  declare trial_days: number;
  declare created_on: string;
  declare created_at: string;
}
