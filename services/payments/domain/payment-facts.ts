/** What of a payment all its events tell. */
interface Told {
  id: string;
  invoice_id: string;
  stripe_payment_intent_id: string | null;
  amount_minor: number;
  currency: string;
}

/**
 * The part that all events of a payment have in common.
 * @throws Error for a payment without an intent, of which there is nothing to tell
 */
export function paymentFact({ id, invoice_id, stripe_payment_intent_id, amount_minor, currency }: Told) {
  if (stripe_payment_intent_id === null) throw new Error(`payment ${id} has no intent yet`);
  return { payment_id: id, invoice_id, stripe_payment_intent_id, amount_minor, currency };
}
