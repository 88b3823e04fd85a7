import type Stripe from "stripe";
import { unavailable } from "../../../shared/errors";
import { appendEvents } from "../../../shared/events/outbox";
import { fromStripeAmount } from "../domain/stripe-amount";
import { Payment } from "../models/payment";
import { paymentEvent } from "../models/payment-view";
import { idOf } from "../stripe/stripe-api";
import { writeRefunds, type RefundRow } from "../queries/write-refunds";
import type { PaymentsEnv } from "../tools";
import { followRefundOfReview } from "../intents/resolve-review";
import { NOT_OURS } from "../intents/take-over";
import { settledPaymentOf, UNKNOWN_TO_API } from "./intents";

const ROUNDS = 5;

/** Records the refunds of a charge, made by us or by somebody in Stripe's dashboard. */
export async function handleCharge(env: PaymentsEnv, chargeId: string): Promise<string> {
  const charge = await env.tools.stripe.findCharge(chargeId);
  if (charge === undefined) return UNKNOWN_TO_API;
  const intentId = idOf(charge.payment_intent);
  const payment = await settledPaymentOf(env, intentId);
  if (payment !== undefined) return syncRefunds(env, payment.id, charge.id);
  return intentId === null ? NOT_OURS : ((await followRefundOfReview(env, intentId)) ?? NOT_OURS);
}

/** Records what has become of a refund: one that the bank sent back is no longer counted by the charge. */
export async function handleRefund(env: PaymentsEnv, refundId: string): Promise<string> {
  const refund = await env.tools.stripe.findRefund(refundId);
  const chargeId = refund === undefined ? null : idOf(refund.charge);
  return chargeId === null ? UNKNOWN_TO_API : handleCharge(env, chargeId);
}

/**
 * Copies the charge's refunds and their total. The charge is read after the payment's version: if the version
 * is still the same at the write, no newer total is overwritten.
 */
async function syncRefunds(env: PaymentsEnv, paymentId: string, chargeId: string): Promise<string> {
  for (let round = 0; round < ROUNDS; round++) {
    const payment = await Payment.query(env.db).findById(paymentId).throwIfNotFound();
    const charge = await env.tools.stripe.findCharge(chargeId);
    if (charge === undefined) return UNKNOWN_TO_API;
    const total = fromStripeAmount(charge.amount_refunded, charge.currency);
    if (!fits(charge, total, payment)) {
      env.log.error({ payment_id: payment.id, charge: charge.id }, "a refund does not match its payment");
      return "contradicted: it does not fit the payment";
    }
    const refunds = (await env.tools.stripe.listRefunds(charge.id)).map(toRow);
    if (await write(env, payment, total, refunds)) return `refunded ${total} of ${payment.amount_minor}`;
  }
  throw unavailable("payments");
}

function fits(charge: Stripe.Charge, total: number, payment: Payment): boolean {
  const { currency, livemode, amount_minor } = payment;
  return charge.currency === currency && charge.livemode === livemode && total <= amount_minor;
}

function write(env: PaymentsEnv, payment: Payment, total: number, refunds: RefundRow[]): Promise<boolean> {
  return env.transaction(async (trx) => {
    if (!(await writeRefunds(trx, payment, total, refunds))) return false;
    if (total === payment.refunded_minor) return true;
    const payload = { ...paymentEvent(payment), refunded_minor: total };
    await appendEvents<"payments">(trx, [{ type: "payment.refunded", subject_id: payment.id, payload }]);
    return true;
  });
}

function toRow(refund: Stripe.Refund): RefundRow {
  return {
    id: refund.id,
    amount_minor: fromStripeAmount(refund.amount, refund.currency),
    currency: refund.currency,
    status: refund.status ?? "unknown",
    reason: refund.reason,
    failure_reason: refund.failure_reason ?? null,
    created: refund.created,
  };
}
