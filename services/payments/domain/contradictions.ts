import { toStripeAmount } from "./stripe-amount";

/** The data of a payment that its intent must match. */
export interface ExpectedPayment {
  id: string;
  invoice_id: string;
  stripe_payment_intent_id: string | null;
  livemode: boolean;
  amount_minor: number;
  currency: string;
}

/** The data of an intent, as the API shows it now. Amounts are in Stripe's units. */
export interface IntentFacts {
  id: string;
  status: string;
  amount_received: number;
  currency: string;
  livemode: boolean;
  metadata: Record<string, string>;
}

/**
 * Compares a succeeded intent with its payment. The payment may be settled only when nothing differs.
 * @param keyLivemode whether our key is a live one: test money must not settle a real invoice, nor real money
 *   a test one
 * @returns the names of what differs, for the log and for an operator
 */
export function contradictions(
  payment: ExpectedPayment,
  intent: IntentFacts,
  keyLivemode: boolean,
): string[] {
  const agreement = {
    intent: intent.id === payment.stripe_payment_intent_id,
    status: intent.status === "succeeded",
    amount: intent.amount_received === toStripeAmount(payment.amount_minor, payment.currency),
    currency: intent.currency === payment.currency,
    invoice_id: intent.metadata["invoice_id"] === payment.invoice_id,
    payment_id: intent.metadata["payment_id"] === payment.id,
    livemode: intent.livemode === keyLivemode && payment.livemode === keyLivemode,
  };
  return Object.entries(agreement).flatMap(([name, agrees]) => (agrees ? [] : [name]));
}
