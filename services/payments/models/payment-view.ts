import { view } from "../../../shared/contracts/fields";
import { paymentFact } from "../../../shared/contracts/payments";
import type { Payment } from "./payment";

/** What every event of a payment says. @throws Error for a payment without an intent */
export function paymentEvent(payment: Payment) {
  const { id, stripe_payment_intent_id } = payment;
  if (stripe_payment_intent_id === null) throw new Error(`payment ${id} has no intent yet`);
  return view(paymentFact, payment, { payment_id: id, stripe_payment_intent_id });
}
