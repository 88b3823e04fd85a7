import { compareWithStripe } from "../intents/compare-with-stripe";
import { listUnbooked } from "../queries/unbooked-payments";
import type { PaymentsAction } from "../tools";

/**
 * Compares the intents at Stripe with the payments, and lists the successes that the books lack. A process
 * that only observes has no connection to Stripe: it lists what is known.
 * @throws BillingError 503 when Stripe does not answer
 */
export const reconcile: PaymentsAction<"payments.reconcile"> = async (env) => {
  const { since } = env.params;
  const compared = env.broker.runtime.observes
    ? { since: null, listed: 0, taken_over: 0, settled: 0 }
    : await compareWithStripe(env, since === undefined ? {} : { since: new Date(since) });
  return { ...compared, unbooked: await listUnbooked(env.db) };
};
