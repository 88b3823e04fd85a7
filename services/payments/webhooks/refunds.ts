import type Stripe from "stripe";
import { unavailable } from "../../../shared/errors";
import { appendEvents } from "../../../shared/events/outbox";
import { paymentFact } from "../domain/payment-facts";
import { fromStripeAmount } from "../domain/stripe-amount";
import { Payment } from "../models/payment";
import { writeRefunds, type RefundRow } from "../queries/write-refunds";
import type { PaymentsEnv } from "../tools";
import { NOT_OURS, settledPaymentOf, UNKNOWN_TO_API } from "./intents";

const ROUNDS = 5;

/** Takes over what has gone back of a charge, whoever gave it back: we, or somebody in Stripe's dashboard. */
export async function handleCharge(env: PaymentsEnv, chargeId: string): Promise<string> {
  const charge = await env.tools.stripe.findCharge(chargeId);
  if (charge === undefined) return UNKNOWN_TO_API;
  const intentId = idOf(charge.payment_intent);
  const payment = intentId === null ? undefined : await settledPaymentOf(env, intentId);
  return payment === undefined ? NOT_OURS : syncRefunds(env, payment.id, charge.id);
}

/** A refund that came back from the bank: the charge counts it no more. */
export async function handleRefund(env: PaymentsEnv, refundId: string): Promise<string> {
  const refund = await env.tools.stripe.findRefund(refundId);
  const chargeId = refund === undefined ? null : idOf(refund.charge);
  return chargeId === null ? UNKNOWN_TO_API : handleCharge(env, chargeId);
}

/**
 * The charge's total is the truth; read after the payment's version, it is never older than what stands in
 * the books.
 */
async function syncRefunds(env: PaymentsEnv, paymentId: string, chargeId: string): Promise<string> {
  for (let round = 0; round < ROUNDS; round++) {
    const payment = await Payment.query(env.db).findById(paymentId).throwIfNotFound();
    const charge = await env.tools.stripe.findCharge(chargeId);
    if (charge === undefined) return UNKNOWN_TO_API;
    const total = fromStripeAmount(charge.amount_refunded, charge.currency);
    if (
      charge.currency !== payment.currency ||
      charge.livemode !== payment.livemode ||
      total > payment.amount_minor
    ) {
      env.log.error(
        { payment_id: payment.id, charge: charge.id },
        "what Stripe gave back does not fit its payment",
      );
      return "contradicted: it does not fit the payment";
    }
    const refunds = (await env.tools.stripe.listRefunds(charge.id)).map(toRow);
    if (await write(env, payment, total, refunds)) return `refunded ${total} of ${payment.amount_minor}`;
  }
  throw unavailable("payments");
}

function write(env: PaymentsEnv, payment: Payment, total: number, refunds: RefundRow[]): Promise<boolean> {
  return env.transaction(async (trx) => {
    if (!(await writeRefunds(trx, payment, total, refunds))) return false;
    if (total === payment.refunded_minor) return true;
    await appendEvents<"payments">(trx, [
      {
        type: "payment.refunded",
        subject_id: payment.id,
        payload: { ...paymentFact(payment), refunded_minor: total },
      },
    ]);
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

/** The id of what Stripe gives as an id or, expanded, as the whole. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === "object" && reference !== null ? reference.id : reference;
}
