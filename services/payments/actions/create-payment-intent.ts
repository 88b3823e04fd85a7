import { BillingError, conflict } from "../../../shared/errors";
import { MoneyError } from "../../../shared/money";
import { toStripeAmount } from "../domain/stripe-amount";
import { liveIntent } from "../intents/live-intent";
import { alreadyPaid } from "../intents/payer-errors";
import { NOT_PAYABLE } from "../stripe/stripe-errors";
import type { PaymentsAction } from "../tools";

/**
 * Gives the invoice's live intent; amount and currency are the invoice's, and whose invoice it is, invoicing
 * checks.
 * @throws BillingError 404 for an invoice that is not there or another's, 409 for one that is paid or no card
 *   can pay
 */
export const createPaymentIntent: PaymentsAction<"payments.createPaymentIntent"> = async (env) => {
  const invoice = await env.call("invoicing.getPayableInvoice", { id: env.params.invoice_id });
  if (invoice.status === "paid") throw alreadyPaid();
  requirePayable(invoice.amount_minor, invoice.currency);

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

function requirePayable(amountMinor: number, currency: string): void {
  try {
    toStripeAmount(amountMinor, currency);
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    throw conflict(NOT_PAYABLE, `This invoice cannot be paid by card: ${error.message}`);
  }
}
