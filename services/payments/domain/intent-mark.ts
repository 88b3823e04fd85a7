/** How an intent at Stripe says whose it is. Only holders of our secret key can write metadata. */
export interface IntentMark {
  invoice_id: string;
  /** undefined where the intent names no payment */
  payment_id: string | undefined;
  /** whether these books have made it; undefined where it does not say */
  ours: boolean | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuidOf = (text: string | undefined) => (text !== undefined && UUID.test(text) ? text : undefined);

/** The metadata of a payment's intent. */
export function intentMark(payment: { id: string; invoice_id: string }, systemId: string) {
  return { invoice_id: payment.invoice_id, payment_id: payment.id, system_id: systemId };
}

/** Reads the mark of an intent; undefined for one that no system like this has made. */
export function readIntentMark(metadata: Record<string, string>, systemId: string): IntentMark | undefined {
  const invoice_id = uuidOf(metadata["invoice_id"]);
  if (invoice_id === undefined) return undefined;
  const payment_id = uuidOf(metadata["payment_id"]);
  const system = metadata["system_id"];
  return { invoice_id, payment_id, ours: system === undefined ? undefined : system === systemId };
}
