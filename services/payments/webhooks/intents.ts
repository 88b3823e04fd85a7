import type Stripe from "stripe";
import { applyIntent } from "../intents/apply-intent";
import { Payment } from "../models/payment";
import { findPaymentOf } from "../intents/payment-of-intent";
import type { PaymentsEnv } from "../tools";

export const UNKNOWN_TO_API = "contradicted: the API knows no such object";

/**
 * Makes the handler of an event about an intent. It applies the intent as the API shows it now; the event's
 * own data is not used.
 * @param claimed the status that the event's type implies; another one is noted in the outcome
 */
export function handleIntent(claimed: Stripe.PaymentIntent.Status) {
  return async (env: PaymentsEnv, intentId: string): Promise<string> => {
    const intent = await env.tools.stripe.findIntent(intentId);
    if (intent === undefined) return UNKNOWN_TO_API;
    const payment = await findPaymentOf(env, intent);
    if (typeof payment === "string") return payment;
    const outcome = await applyIntent(env, payment, intent);
    return intent.status === claimed ? outcome : `${outcome}; the API says ${intent.status}`;
  };
}

/**
 * The settled payment of an intent. If the intent's own event has not arrived yet, the payment is settled
 * now.
 * @returns undefined when the intent is not ours or has not paid
 */
export async function settledPaymentOf(
  env: PaymentsEnv,
  intentId: string | null,
): Promise<Payment | undefined> {
  if (intentId === null) return undefined;
  const known = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intentId });
  if (known?.status === "succeeded") return known;
  const intent = await env.tools.stripe.findIntent(intentId);
  if (intent === undefined) return undefined;
  const payment = await findPaymentOf(env, intent);
  if (typeof payment === "string") return undefined;
  const outcome = await applyIntent(env, payment, intent);
  return outcome === "settled" ? Payment.query(env.db).findById(payment.id) : undefined;
}
