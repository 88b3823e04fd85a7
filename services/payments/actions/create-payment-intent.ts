import { payableInvoice } from "../intents/payable-invoice";
import { BillingError } from "../../../shared/errors";
import { liveIntent } from "../intents/live-intent";
import { requirePayable } from "../payer-errors";
import type { PaymentsAction } from "../tools";

/**
 * Gives the invoice's live intent. Amount and currency are the invoice's.
 * @throws BillingError 404 for an invoice that does not exist or is another user's; 409 for one that is paid
 *   or that no card can pay
 */
export const createPaymentIntent: PaymentsAction<"payments.createPaymentIntent"> = async (env) => {
  const invoice = await payableInvoice(env, env.params.invoice);
  requirePayable(invoice);
  const { payment, intent } = await liveIntent(env, invoice);
  if (intent.client_secret === null)
    throw new BillingError(503, "stripe.unavailable", "Stripe gave no client secret.");
  return {
    client_secret: intent.client_secret,
    payment_intent_id: intent.id,
    publishable_key: env.tools.publishableKey,
    amount_minor: payment.amount_minor,
    currency: payment.currency,
  };
};
