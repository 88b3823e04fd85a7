import { appendEvents } from "../../../shared/events/outbox";
import { paymentFact } from "../domain/payment-facts";
import { Payment } from "../models/payment";
import type { PaymentsEnv } from "../tools";
import { NOT_OURS, settledPaymentOf, UNKNOWN_TO_API } from "./intents";
import { idOf } from "./refunds";

/** Flags a payment whose cardholder denies it; once, since when it was first denied is what counts. */
export async function handleDispute(env: PaymentsEnv, disputeId: string): Promise<string> {
  const dispute = await env.tools.stripe.findDispute(disputeId);
  if (dispute === undefined) return UNKNOWN_TO_API;
  const intentId = idOf(dispute.payment_intent);
  const payment = intentId === null ? undefined : await settledPaymentOf(env, intentId);
  if (payment === undefined) return NOT_OURS;

  const disputedAt = await env.clock.now();
  await env.transaction(async (trx) => {
    const flagged = await Payment.query(trx)
      .patch({ disputed_at: disputedAt })
      .where({ id: payment.id, status: "succeeded" })
      .whereNull("disputed_at");
    if (flagged === 0) return;
    await appendEvents<"payments">(trx, [
      {
        type: "payment.disputed",
        subject_id: payment.id,
        payload: { ...paymentFact(payment), disputed_at: disputedAt },
      },
    ]);
  });
  return "disputed";
}
