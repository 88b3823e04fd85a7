import { payableInvoice } from "../intents/payable-invoice";
import { conflict, type BillingError } from "../../../shared/errors";
import { unknownCase } from "../../../shared/states";
import { whyNotConfirmed } from "../domain/not-confirmed";
import { applyIntent } from "../intents/apply-intent";
import { requireCompared } from "../intents/compare-with-stripe";
import { reportMissing } from "../intents/ensure-intent";
import type { Payment } from "../models/payment";
import { underReview } from "../payer-errors";
import { findLivePayment } from "../queries/claim-live-payment";
import type { PaymentsAction, PaymentsEnv } from "../tools";

/**
 * Settles the invoice's payment if Stripe confirms it. Repeating the call changes nothing and gives the same
 * answer, also for a paid invoice.
 * @throws BillingError 404 for an invoice that does not exist or is another user's; 409
 *   `payment.not_confirmed` while Stripe does not confirm the payment
 */
export const confirmPayment: PaymentsAction<"payments.confirmPayment"> = async (env) => {
  const invoice = await payableInvoice(env, env.params.invoice);
  switch (invoice.status) {
    case "paid":
      break;
    case "pending":
    case "overdue":
      await settleIfStripeConfirms(env, invoice.id);
      await notifyInvoicing(env);
      break;
    default:
      unknownCase(invoice.status);
  }
  return { invoice: invoice.id, number: invoice.number };
};

async function settleIfStripeConfirms(env: PaymentsEnv, invoiceId: string): Promise<void> {
  const payment = (await findLivePayment(env.db, invoiceId)) ?? (await lostPayment(env, invoiceId));
  if (payment?.status === "succeeded") return;
  if (payment === undefined || payment.stripe_payment_intent_id === null) {
    throw notConfirmed("No payment has been started for this invoice.");
  }
  const intent = await env.tools.stripe.findIntent(payment.stripe_payment_intent_id);
  if (intent === undefined) {
    if (!payment.livemode) throw notConfirmed(whyNotConfirmed("canceled", null));
    await reportMissing(env, payment, payment.stripe_payment_intent_id);
    throw underReview();
  }
  const outcome = await applyIntent(env, payment, intent);
  switch (outcome) {
    case "settled":
      return;
    case "contradicted":
      throw underReview();
    case "waiting":
    case "cancelled":
      throw notConfirmed(whyNotConfirmed(intent.status, intent.last_payment_error?.message ?? null));
    default:
      unknownCase(outcome);
  }
}

/** After a restore of older books, Stripe may know the payment that they lack. */
async function lostPayment(env: PaymentsEnv, invoiceId: string): Promise<Payment | undefined> {
  await requireCompared(env);
  return findLivePayment(env.db, invoiceId);
}

/** Has the invoice marked as paid before we answer. If invoicing is down, it reads our events later. */
async function notifyInvoicing(env: PaymentsEnv): Promise<void> {
  try {
    await env.call("invoicing.catchUp", { producer: "payments" });
  } catch (error) {
    env.log.warn({ err: error }, "invoicing did not answer; it will mark the invoice as paid later");
  }
}

function notConfirmed(detail: string): BillingError {
  return conflict("payment.not_confirmed", detail);
}
