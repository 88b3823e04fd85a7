import type Stripe from "stripe";
import { errorType } from "../../../shared/errors";
import { INTENT_MISSING } from "../domain/review";
import { Payment } from "../models/payment";
import { attachIntent } from "../queries/attach-intent";
import { movePayment } from "../queries/move-payment";
import { readStripeListing } from "../queries/stripe-listing";
import { NOT_PAYABLE, underReview } from "../payer-errors";
import { UNUSABLE_KEY } from "../stripe/stripe-errors";
import type { PaymentsEnv } from "../tools";
import { applyIntent } from "./apply-intent";
import { takeOver } from "./take-over";

/** Stripe may forget an idempotency key after 24 hours; we stop trusting it earlier. */
const KEY_LIFETIME_MS = 20 * 3_600_000;
/** A key that Stripe remembers was first used at most so long ago. */
const KEY_KEPT_MS = 25 * 3_600_000;

/** How far Stripe's clock may be from ours. */
const SKEW_MS = 300_000;

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
  if (payment.stripe_payment_intent_id !== null)
    return findOwnIntent(env, payment, payment.stripe_payment_intent_id);

  // An old row may have an intent whose id we never received, and whose idempotency key Stripe has forgotten.
  const created_ms = Date.parse(payment.created_at);
  const keyMayBeForgotten = Date.now() - created_ms > KEY_LIFETIME_MS;
  const found = keyMayBeForgotten ? await findEarlierIntent(env, payment, created_ms - SKEW_MS) : undefined;
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
  if (payment.livemode) {
    await reportMissing(env, payment, intentId);
    throw underReview();
  }
  await closePayment(env, payment, "cancelled");
  return undefined;
}

/** Tells staff, by the log and the audit, that Stripe does not know a live intent. */
export async function reportMissing(env: PaymentsEnv, { id }: Payment, intentId: string): Promise<void> {
  const message = `Stripe knows no live intent ${intentId}`;
  const reported = await Payment.query(env.db)
    .patch({ last_error_code: INTENT_MISSING, last_error_message: message })
    .where({ id, status: "open" })
    .whereRaw("last_error_code IS DISTINCT FROM ?", [INTENT_MISSING]);
  if (reported > 0) env.log.error({ payment_id: id, intent: intentId }, message);
}

async function createIntent(env: PaymentsEnv, payment: Payment): Promise<Stripe.PaymentIntent | undefined> {
  try {
    const { system_id } = await readStripeListing(env.db);
    return await env.tools.stripe.createIntent(payment, system_id);
  } catch (error) {
    if (errorType(error) === NOT_PAYABLE) {
      await closePayment(env, payment, "failed", error);
      throw error;
    }
    if (errorType(error) !== UNUSABLE_KEY) throw error;
    // The first request cannot be repeated. If it created an intent, we use that one.
    const existing = await findEarlierIntent(env, payment, Date.now() - KEY_KEPT_MS);
    if (existing === undefined) await closePayment(env, payment, "failed", error);
    return existing;
  }
}

/**
 * Searches the invoice's intents at Stripe. Those of other payments come from books that were lost: they are
 * taken over.
 * @param since_ms when the first of them can have been created
 * @returns the payment's own one
 */
async function findEarlierIntent(
  env: PaymentsEnv,
  payment: Payment,
  since_ms: number,
): Promise<Stripe.PaymentIntent | undefined> {
  const intents = await env.tools.stripe.findIntentsOfInvoice(payment.invoice_id, since_ms);
  const own = intents.find(({ metadata }) => metadata["payment_id"] === payment.id);
  if (own !== undefined) return own;
  for (const intent of intents.filter(({ status }) => status !== "canceled")) {
    const known = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intent.id });
    const taken = known ?? (await takeOver(env, intent));
    if (typeof taken !== "string") await applyIntent(env, taken, intent);
  }
  return undefined;
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
