import { Model } from "objection";
import type { PaymentFact, PaymentStatus } from "../../../shared/contracts/payments";

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

/** What every event of a payment says. @throws Error for a payment without an intent */
export function factOf(payment: Payment): PaymentFact {
  const { id: payment_id, invoice_id, stripe_payment_intent_id, amount_minor, currency } = payment;
  if (stripe_payment_intent_id === null) throw new Error(`payment ${payment_id} has no intent yet`);
  return { payment_id, invoice_id, stripe_payment_intent_id, amount_minor, currency };
}
