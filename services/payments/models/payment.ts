import { Model } from "objection";
import type { PaymentStatus } from "../../../shared/contracts/payments";

/** One attempt to pay an invoice. */
export class Payment extends Model {
  static override tableName = "payments";

  declare id: string;
  declare invoice_id: string;
  declare attempt: number;
  declare stripe_payment_intent_id: string | null;
  declare livemode: boolean;
  declare amount_minor: number;
  declare currency: string;
  declare status: PaymentStatus;
  declare stripe_status: string | null;
  declare last_error_code: string | null;
  declare last_error_message: string | null;
  declare last_error_ref: string | null;
  declare refunded_minor: number;
  declare refunds_version: number;
  declare disputed_at: string | null;
  declare settled_at: string | null;
  declare checks: number;
  declare next_check_at: string;
  declare created_at: string;
}
