import type Stripe from "stripe";
import { errorType } from "../../../shared/errors";
import type { Payment } from "../models/payment";
import { attachIntent } from "../queries/attach-intent";
import { movePayment } from "../queries/move-payment";
import { NOT_PAYABLE, UNUSABLE_KEY } from "../stripe/stripe-errors";
import type { PaymentsEnv } from "../tools";
import { underReview } from "./payer-errors";

/** Stripe may forget an idempotency key after a day; by then we no longer trust it. */
const KEY_LIFE_MS = 20 * 3_600_000;

/** An open payment and its intent as the API shows it now. */
export interface LiveIntent {
  payment: Payment;
  intent: Stripe.PaymentIntent;
}

/**
 * Finds an open payment's intent at Stripe, or makes it. May be repeated at will and at once: it stays one
 * intent.
 * @returns undefined when the payment came to its end instead, and the invoice is free for another attempt
 * @throws BillingError 409 when the amount cannot be charged, or a live intent has vanished; 503 when Stripe
 *   is away
 */
export async function ensureIntent(env: PaymentsEnv, payment: Payment): Promise<LiveIntent | undefined> {
  const { stripe } = env.tools;
  if (payment.stripe_payment_intent_id !== null)
    return findOwnIntent(env, payment, payment.stripe_payment_intent_id);

  // The row is older than any key it could have been made with: an answer of that time may have been lost.
  const keyMayBeForgotten = Date.now() - Date.parse(payment.created_at) > KEY_LIFE_MS;
  const found = keyMayBeForgotten ? await stripe.findIntentOfPayment(payment) : undefined;
  const intent = found ?? (await makeIntent(env, payment));
  if (intent === undefined) return undefined;
  const kept = await attachIntent(env.db, payment.id, intent.id);
  return kept && { payment: kept, intent };
}

async function findOwnIntent(
  env: PaymentsEnv,
  payment: Payment,
  intentId: string,
): Promise<LiveIntent | undefined> {
  const intent =
    payment.livemode === env.tools.livemode ? await env.tools.stripe.findIntent(intentId) : undefined;
  if (intent !== undefined) return { payment, intent };
  // Play money may vanish, with a sandbox's memory or a change of keys. Real money never does: somebody has
  // to look.
  if (payment.livemode) throw underReview();
  await closePayment(env, payment, "cancelled");
  return undefined;
}

async function makeIntent(env: PaymentsEnv, payment: Payment): Promise<Stripe.PaymentIntent | undefined> {
  try {
    return await env.tools.stripe.createIntent(payment);
  } catch (error) {
    if (errorType(error) === NOT_PAYABLE) {
      await closePayment(env, payment, "failed", error);
      throw error;
    }
    if (errorType(error) !== UNUSABLE_KEY) throw error;
    // The first request is over for good; if it left an intent behind, that is the one.
    const left = await env.tools.stripe.findIntentOfPayment(payment);
    if (left === undefined) await closePayment(env, payment, "failed", error);
    return left;
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
