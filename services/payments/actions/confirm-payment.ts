import { conflict, type BillingError } from "../../../shared/errors";
import { whyNotConfirmed } from "../domain/not-confirmed";
import { applyIntent } from "../intents/apply-intent";
import { underReview } from "../intents/payer-errors";
import { findLivePayment } from "../queries/claim-live-payment";
import type { PaymentsAction, PaymentsEnv } from "../tools";

/**
 * Settles the invoice if Stripe says that its own intent has succeeded. Asking again, also for a paid
 * invoice, gives the same answer and changes nothing.
 * @throws BillingError 404 for an invoice that is not there or another's, 409 `payment.not_confirmed` while
 *   Stripe does not confirm it
 */
export const confirmPayment: PaymentsAction<"payments.confirmPayment"> = async (env) => {
  const invoice = await env.call("invoicing.getPayableInvoice", { id: env.params.invoice_id });
  if (invoice.status !== "paid") {
    await settleOnStripesWord(env, invoice.id);
    await notifyInvoicing(env);
  }
  return { invoice_id: invoice.id, number: invoice.number };
};

async function settleOnStripesWord(env: PaymentsEnv, invoiceId: string): Promise<void> {
  const payment = await findLivePayment(env.db, invoiceId);
  if (payment?.status === "succeeded") return;
  if (payment === undefined || payment.stripe_payment_intent_id === null) {
    throw notConfirmed("No payment of this invoice has been started.");
  }
  const intent = await env.tools.stripe.findIntent(payment.stripe_payment_intent_id);
  if (intent === undefined)
    throw payment.livemode ? underReview() : notConfirmed(whyNotConfirmed("canceled", null));
  const outcome = await applyIntent(env, payment, intent);
  if (outcome === "contradicted") throw underReview();
  if (outcome === "settled") return;
  throw notConfirmed(whyNotConfirmed(intent.status, intent.last_payment_error?.message ?? null));
}

/**
 * The invoice becomes paid before we answer; should invoicing be away just now, it will learn of it by
 * itself.
 */
async function notifyInvoicing(env: PaymentsEnv): Promise<void> {
  try {
    await env.asSystem("invoicing.catchUp", { producer: "payments" });
  } catch (error) {
    env.log.warn({ err: error }, "invoicing will learn of a payment a little later");
  }
}

function notConfirmed(detail: string): BillingError {
  return conflict("payment.not_confirmed", detail);
}
