import { toStripeAmount } from "./stripe-amount";

/** What of a payment decides whether an intent pays it. */
export interface ExpectedPayment {
  id: string;
  invoice_id: string;
  stripe_payment_intent_id: string | null;
  livemode: boolean;
  amount_minor: number;
  currency: string;
}

/** What an intent, as the API shows it now, says of itself; amounts are Stripe's. */
export interface IntentFacts {
  id: string;
  status: string;
  amount_received: number;
  currency: string;
  livemode: boolean;
  metadata: Record<string, string>;
}

/**
 * Why an intent does not pay this payment; empty when it does.
 * @param keyLivemode whether our key is a live one: play money never settles a real invoice, nor the other
 *   way round
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
