import type Stripe from "stripe";
import type { Invoice } from "../../../shared/contracts/invoicing";
import { errorType } from "../../../shared/errors";
import { readIntentMark, type IntentMark } from "../domain/intent-mark";
import { Payment } from "../models/payment";
import { findLivePayment } from "../queries/claim-live-payment";
import { insertPaymentOfIntent } from "../queries/insert-payment-of-intent";
import { movePayment } from "../queries/move-payment";
import { readStripeListing } from "../queries/stripe-listing";
import { recordUnbooked } from "../queries/unbooked-payments";
import type { PaymentsEnv } from "../tools";
import { applyIntent } from "./apply-intent";

export const NOT_OURS = "ignored: no payment of ours";
const ROUNDS = 5;

/**
 * Takes over an intent that the books do not know, because they were restored from a backup that is older. It
 * becomes the invoice's payment. Where the invoice has another open intent, one of the two is cancelled at
 * Stripe, so that it cannot be paid twice. A success that cannot be booked is recorded, and the audit names
 * it.
 * @param intent as the API has just returned it
 * @returns its payment, or why it has none
 */
export async function takeOver(env: PaymentsEnv, intent: Stripe.PaymentIntent): Promise<Payment | string> {
  const { system_id } = await readStripeListing(env.db);
  const mark = readIntentMark(intent.metadata, system_id);
  if (mark === undefined || mark.ours === false || intent.status === "canceled") return NOT_OURS;
  if (intent.livemode !== env.tools.livemode) return NOT_OURS;
  const invoice = await findInvoice(env, mark.invoice_id);
  if (invoice === undefined) {
    // Without our system's mark, it can be another system's that uses the same account.
    if (mark.ours !== true && mark.payment_id === undefined) return NOT_OURS;
    return unbooked(env, intent, mark, "its invoice is not in the books");
  }
  if (mark.payment_id !== undefined && (await Payment.query(env.db).findById(mark.payment_id)) !== undefined)
    return unbooked(env, intent, mark, "its payment has ended or has another intent");
  for (let round = 0; round < ROUNDS; round++) {
    const live = await findLivePayment(env.db, invoice.id);
    const result =
      live === undefined ? await book(env, intent, mark, invoice) : await replace(env, live, intent);
    if (result === "unneeded") return unneeded(env, intent, mark);
    if (result !== undefined) return result;
  }
  throw new Error(`the payments of invoice ${invoice.id} changed again and again`);
}

async function findInvoice({ call }: PaymentsEnv, id: string): Promise<Invoice | undefined> {
  try {
    return await call("invoicing.getPayableInvoice", { id });
  } catch (error) {
    if (errorType(error) === "invoice.not_found") return undefined;
    throw error;
  }
}

async function book(
  env: PaymentsEnv,
  intent: Stripe.PaymentIntent,
  { payment_id }: IntentMark,
  { id: invoice_id, amount_minor, currency }: Invoice,
): Promise<Payment | undefined> {
  const { livemode } = env.tools;
  const found = { id: payment_id, invoice_id, amount_minor, currency, livemode };
  const payment = await insertPaymentOfIntent(env.db, { ...found, stripe_payment_intent_id: intent.id });
  if (payment !== undefined)
    env.log.warn({ payment_id: payment.id, intent: intent.id }, "took over an intent that the books lacked");
  return payment;
}

/**
 * Makes room for an intent beside the invoice's open or succeeded payment.
 * @returns undefined when there may be room now; `unneeded` when the payment stays
 */
async function replace(
  env: PaymentsEnv,
  live: Payment,
  intent: Stripe.PaymentIntent,
): Promise<"unneeded" | undefined> {
  if (live.status === "succeeded") return "unneeded";
  const superseded = { last_error_code: "superseded", last_error_message: `by intent ${intent.id}` };
  if (live.stripe_payment_intent_id === null) {
    await env.transaction((trx) => movePayment(trx, live.id, "failed", superseded));
    return undefined;
  }
  if (intent.status !== "succeeded") return "unneeded";
  const other = await env.tools.stripe.findIntent(live.stripe_payment_intent_id);
  const outcome = other === undefined ? "cancelled" : await applyIntent(env, live, other);
  if (outcome === "contradicted") return "unneeded";
  if (outcome === "waiting" && !(await env.tools.stripe.cancelIntent(live.stripe_payment_intent_id)))
    return undefined;
  await env.transaction((trx) => movePayment(trx, live.id, "cancelled", superseded));
  return undefined;
}

/** The invoice has another payment: an open intent is cancelled, a success must be looked at by staff. */
async function unneeded(env: PaymentsEnv, intent: Stripe.PaymentIntent, mark: IntentMark): Promise<string> {
  if (intent.status !== "succeeded" && (await env.tools.stripe.cancelIntent(intent.id)))
    return "cancelled: the invoice has another intent";
  const now = (await env.tools.stripe.findIntent(intent.id)) ?? intent;
  return unbooked(env, now, mark, "its invoice has another payment");
}

async function unbooked(
  env: PaymentsEnv,
  intent: Stripe.PaymentIntent,
  { invoice_id }: IntentMark,
  reason: string,
): Promise<string> {
  if (intent.status !== "succeeded") return NOT_OURS;
  env.log.error({ intent: intent.id, invoice_id, reason }, "a success at Stripe is not in the books");
  await recordUnbooked(env.db, intent, invoice_id, reason);
  return `not booked: ${reason}`;
}
