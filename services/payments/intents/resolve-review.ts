import type Stripe from "stripe";
import type { Resolution, ResolvedPayment } from "../../../shared/contracts/payments";
import type { Knex } from "../../../shared/db/open-database";
import { conflict } from "../../../shared/errors";
import { appendEvents } from "../../../shared/events/outbox";
import { contradictions } from "../domain/contradictions";
import { ACCEPTED, isUnderReview, REFUNDED, unacceptable } from "../domain/review";
import { Payment } from "../models/payment";
import { paymentEvent } from "../models/payment-view";
import { movePayment } from "../queries/move-payment";
import { findUnbooked, recordUnbooked, resolveUnbooked } from "../queries/unbooked-payments";
import type { PaymentsEnv } from "../tools";
import { settlePayment } from "./apply-intent";

/**
 * Ends the review of a payment. `accept`: it counts as paid, in the amount of its invoice. `refund`: whatever
 * was received goes back, and the invoice can be paid again; while the refund is pending, the review goes on
 * until it has succeeded. Where Stripe does not know the intent, `refund` only ends the attempt.
 * @throws BillingError 409 when the payment is not under review, or cannot be accepted
 */
export async function resolveReview(
  env: PaymentsEnv,
  payment: Payment,
  resolution: Resolution,
): Promise<ResolvedPayment> {
  const ended = payment.last_error_code === (resolution === "accept" ? ACCEPTED : REFUNDED);
  if (ended && payment.status !== "open") return answer(payment, resolution, "This was decided before.");
  const intentId = payment.stripe_payment_intent_id;
  if (!isUnderReview(payment) || intentId === null)
    throw conflict("payment.not_under_review", "This payment is not under review.");
  const intent = await env.tools.stripe.findIntent(intentId);
  return resolution === "accept" ? accept(env, payment, intent) : refund(env, payment, intent);
}

async function accept(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent | undefined,
): Promise<ResolvedPayment> {
  const wrong = intent === undefined ? [] : unacceptable(contradictions(payment, intent, env.tools.livemode));
  if (wrong.length > 0) {
    const detail = `It cannot be accepted: the intent at Stripe has another ${wrong.join(" and ")}.`;
    throw conflict("payment.not_acceptable", detail);
  }
  if (intent !== undefined && (await env.tools.stripe.refundsOf(intent)).done > 0)
    throw conflict("payment.not_acceptable", "It cannot be accepted: money was sent back already.");
  const reason = payment.last_error_message ?? "";
  const accepted = await settlePayment(
    env,
    payment,
    { last_error_code: ACCEPTED, last_error_message: reason },
    (trx, moved) => appendResolved(trx, moved, "accept", reason),
  );
  if (accepted === undefined) throw conflict("payment.not_under_review", "This payment is not under review.");
  return answer(accepted, "accept", "The payment was accepted, and the invoice counts as paid.");
}

async function refund(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent | undefined,
): Promise<ResolvedPayment> {
  if (intent === undefined || (await sendBack(env, intent, payment.id)) === "done") {
    const closed = await close(env, payment);
    const detail =
      intent === undefined
        ? "Stripe does not know the intent. The attempt has ended, and the invoice can be paid again."
        : "The money was sent back, and the invoice can be paid again.";
    return answer(closed ?? payment, "refund", detail);
  }
  return answer(payment, "refund", "The refund is on its way. The review ends when it has succeeded.");
}

/**
 * Sends back what an intent has received.
 * @param key names the case, for the idempotency key; a refund that the bank returned gets a new one
 */
export async function sendBack(
  { tools }: PaymentsEnv,
  intent: Stripe.PaymentIntent,
  key: string,
): Promise<"done" | "pending"> {
  const before = await tools.stripe.refundsOf(intent);
  if (before.done + before.pending < intent.amount_received)
    await tools.stripe.refundIntent(intent.id, `refund:${key}:${before.count}`);
  const now = await tools.stripe.refundsOf(intent);
  return now.done >= intent.amount_received ? "done" : "pending";
}

/** Ends an attempt whose money went back. */
async function close(env: PaymentsEnv, payment: Payment): Promise<Payment | undefined> {
  const reason = payment.last_error_message ?? "";
  return env.transaction(async (trx) => {
    const changes = { last_error_code: REFUNDED, last_error_message: reason };
    const closed = await movePayment(trx, payment.id, "cancelled", changes);
    if (closed !== undefined) await appendResolved(trx, closed, "refund", reason);
    return closed;
  });
}

function appendResolved(trx: Knex.Transaction, payment: Payment, resolution: Resolution, reason: string) {
  const payload = { ...paymentEvent(payment), resolution, reason };
  return appendEvents<"payments">(trx, [{ type: "payment.resolved", subject_id: payment.id, payload }]);
}

function answer(payment: Payment, resolution: Resolution, detail: string): ResolvedPayment {
  const { id, invoice_id, stripe_payment_intent_id, status } = payment;
  return { id, invoice: invoice_id, stripe_payment_intent_id, resolution, status, detail };
}

/**
 * Follows a refund of money that no payment stands for: a full one ends a review, made by us or in Stripe's
 * dashboard; one that the bank returned opens the case again.
 * @returns what was done; undefined when the intent is none of these
 */
export async function followRefundOfReview(env: PaymentsEnv, intentId: string): Promise<string | undefined> {
  const payment = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intentId });
  const unbooked = await findUnbooked(env.db, { stripe_payment_intent_id: intentId });
  if (payment === undefined && unbooked === undefined) return undefined;
  const intent = await env.tools.stripe.findIntent(intentId);
  if (intent?.status !== "succeeded") return undefined;
  const { done } = await env.tools.stripe.refundsOf(intent);
  const isBack = done >= intent.amount_received;
  if (isBack && unbooked !== undefined) await resolveUnbooked(env.db, unbooked.id, "refund");
  if (isBack && payment !== undefined && isUnderReview(payment)) await close(env, payment);
  if (!isBack && payment?.status === "cancelled" && payment.last_error_code === REFUNDED)
    await recordUnbooked(env.db, intent, payment.invoice_id, "the bank returned its refund");
  return isBack ? "refunded in full; no payment stands for it" : "refunded in part; no payment stands for it";
}
