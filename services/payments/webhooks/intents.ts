import type Stripe from "stripe";
import { z } from "zod";
import { applyIntent } from "../intents/apply-intent";
import { Payment } from "../models/payment";
import { attachIntent } from "../queries/attach-intent";
import type { PaymentsEnv } from "../tools";

/** What an event claims of its intent. */
const CLAIMS: Readonly<Record<string, string>> = {
  "payment_intent.succeeded": "succeeded",
  "payment_intent.payment_failed": "requires_payment_method",
  "payment_intent.canceled": "canceled",
  "payment_intent.requires_action": "requires_action",
};

export const UNKNOWN_TO_API = "contradicted: the API knows no such object";
export const NOT_OURS = "ignored: no payment of ours";

/** Applies an intent as the API shows it; what the event itself claims counts for nothing. */
export async function handleIntent(env: PaymentsEnv, intentId: string, type: string): Promise<string> {
  const intent = await env.tools.stripe.findIntent(intentId);
  if (intent === undefined) return UNKNOWN_TO_API;
  const payment = await findPaymentOf(env, intent);
  if (payment === undefined) return NOT_OURS;
  const outcome = await applyIntent(env, payment, intent);
  return intent.status === CLAIMS[type] ? outcome : `${outcome}; the API says ${intent.status}`;
}

/**
 * The settled payment of an intent, settled now if its own event is still on its way.
 * @returns undefined when the intent is none of ours or has not paid
 */
export async function settledPaymentOf(env: PaymentsEnv, intentId: string): Promise<Payment | undefined> {
  const known = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intentId });
  if (known?.status === "succeeded") return known;
  const intent = await env.tools.stripe.findIntent(intentId);
  const payment = intent && (await findPaymentOf(env, intent));
  if (intent === undefined || payment === undefined) return undefined;
  const outcome = await applyIntent(env, payment, intent);
  return outcome === "settled" ? Payment.query(env.db).findById(payment.id) : undefined;
}

/**
 * The payment whose intent this is. A payment that never heard Stripe's answer, because we died before it
 * came, is known by the intent's metadata, which nobody can write without our secret key.
 */
async function findPaymentOf(env: PaymentsEnv, intent: Stripe.PaymentIntent): Promise<Payment | undefined> {
  const known = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intent.id });
  if (known !== undefined) return known;
  const paymentId = z.uuid().safeParse(intent.metadata["payment_id"]);
  return paymentId.success ? attachIntent(env.db, paymentId.data, intent.id) : undefined;
}
