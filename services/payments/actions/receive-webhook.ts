import type { PaymentsAction } from "../tools";
import { processEvent } from "../webhooks/process-event";
import { storeEvent } from "../webhooks/store-event";

/**
 * Stores a signed webhook under its id, then processes it. A webhook that has been processed has no further
 * effect.
 * @throws BillingError 400 for a bad signature; 503 when we or Stripe failed, so that Stripe sends it again
 */
export const receiveWebhook: PaymentsAction<"payments.receiveWebhook"> = async (env) => {
  const signed = env.tools.stripe.readWebhook(env.params.body, env.params.signature);
  const event = await storeEvent(env.db, signed);
  if (event.processed_at === null) await processEvent(env, event);
  return { received: true };
};
