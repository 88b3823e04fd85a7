import type Stripe from "stripe";
import { errorType } from "../../../shared/errors";
import type { Payment } from "../models/payment";
import { attachIntent } from "../queries/attach-intent";
import { movePayment } from "../queries/move-payment";
import { NOT_PAYABLE, underReview } from "../payer-errors";
import { UNUSABLE_KEY } from "../stripe/stripe-errors";
import type { PaymentsEnv } from "../tools";

/** Stripe may forget an idempotency key after 24 hours; we stop trusting it earlier. */
const KEY_LIFETIME_MS = 20 * 3_600_000;

/** An open payment and its intent as the API shows it now. */
export interface LiveIntent {
  payment: Payment;
  intent: Stripe.PaymentIntent;
}

/**
 * Finds the intent of an open payment at Stripe, or creates it. Calls may be repeated and may overlap: there
 * is one intent.
 * @returns undefined when the payment has ended instead; the invoice is then free for another attempt
 * @throws BillingError 409 when the amount cannot be charged or a live intent has disappeared; 503 when
 *   Stripe does not answer
 */
export async function ensureIntent(env: PaymentsEnv, payment: Payment): Promise<LiveIntent | undefined> {
  const { stripe } = env.tools;
  if (payment.stripe_payment_intent_id !== null)
    return findOwnIntent(env, payment, payment.stripe_payment_intent_id);

  // An old row may have an intent whose id we never received, and whose idempotency key Stripe has forgotten.
  const keyMayBeForgotten = Date.now() - Date.parse(payment.created_at) > KEY_LIFETIME_MS;
  const found = keyMayBeForgotten ? await stripe.findIntentOfPayment(payment) : undefined;
  const intent = found ?? (await createIntent(env, payment));
  if (intent === undefined) return undefined;
  const attached = await attachIntent(env.db, payment.id, intent.id);
  return attached && { payment: attached, intent };
}

async function findOwnIntent(
  env: PaymentsEnv,
  payment: Payment,
  intentId: string,
): Promise<LiveIntent | undefined> {
  const intent =
    payment.livemode === env.tools.livemode ? await env.tools.stripe.findIntent(intentId) : undefined;
  if (intent !== undefined) return { payment, intent };
  // A test intent disappears with the sandbox's memory or a change of keys. A live one never should: staff
  // must look.
  if (payment.livemode) throw underReview();
  await closePayment(env, payment, "cancelled");
  return undefined;
}

async function createIntent(env: PaymentsEnv, payment: Payment): Promise<Stripe.PaymentIntent | undefined> {
  try {
    return await env.tools.stripe.createIntent(payment);
  } catch (error) {
    if (errorType(error) === NOT_PAYABLE) {
      await closePayment(env, payment, "failed", error);
      throw error;
    }
    if (errorType(error) !== UNUSABLE_KEY) throw error;
    // The first request cannot be repeated. If it created an intent, we use that one.
    const existing = await env.tools.stripe.findIntentOfPayment(payment);
    if (existing === undefined) await closePayment(env, payment, "failed", error);
    return existing;
  }
}

async function closePayment(
  env: PaymentsEnv,
  { id }: Payment,
  to: "failed" | "cancelled",
  reason?: unknown,
): Promise<void> {
  const known = reason instanceof Error;
  const why = known ? { last_error_code: errorType(reason) ?? null, last_error_message: reason.message } : {};
  await env.transaction((trx) => movePayment(trx, id, to, why));
}
