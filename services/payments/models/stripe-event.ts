import { Model } from "objection";

/** A webhook from Stripe and the outcome of processing it. */
export class StripeEvent extends Model {
  static override tableName = "stripe_events";

  declare id: string;
  declare type: string;
  declare payload: unknown;
  declare received_at: string;
  declare processed_at: string | null;
  declare outcome: string | null;
  declare error: string | null;
  declare attempts: number;
  declare next_try_at: string;
}
