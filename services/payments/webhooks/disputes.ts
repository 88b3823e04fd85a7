import { appendEvents } from "../../../shared/events/outbox";
import { Payment } from "../models/payment";
import { paymentEvent } from "../models/payment-view";
import { idOf } from "../stripe/stripe-api";
import type { PaymentsEnv } from "../tools";
import { NOT_OURS } from "../intents/take-over";
import { settledPaymentOf, UNKNOWN_TO_API } from "./intents";

/** Marks a payment as disputed. The time of its first dispute stays. */
export async function handleDispute(env: PaymentsEnv, disputeId: string): Promise<string> {
  const dispute = await env.tools.stripe.findDispute(disputeId);
  if (dispute === undefined) return UNKNOWN_TO_API;
  const payment = await settledPaymentOf(env, idOf(dispute.payment_intent));
  if (payment === undefined) return NOT_OURS;

  const disputed_at = await env.clock.now();
  await env.transaction(async (trx) => {
    const marked = await Payment.query(trx)
      .patch({ disputed_at })
      .where({ id: payment.id, status: "succeeded" })
      .whereNull("disputed_at");
    if (marked === 0) return;
    const payload = { ...paymentEvent(payment), disputed_at };
    await appendEvents<"payments">(trx, [{ type: "payment.disputed", subject_id: payment.id, payload }]);
  });
  return "disputed";
}
