import { Model } from "objection";

/** A webhook as it came, and what became of it: a row of `stripe_events`. */
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
