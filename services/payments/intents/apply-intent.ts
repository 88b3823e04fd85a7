import type Stripe from "stripe";
import { appendEvents } from "../../../shared/events/outbox";
import { paymentFact } from "../domain/payment-facts";
import { contradictions } from "../domain/contradictions";
import { Payment } from "../models/payment";
import { movePayment } from "../queries/move-payment";
import type { PaymentsEnv } from "../tools";

/**
 * What came of looking at an intent: the payment is `settled` (now or before), `cancelled`, still `waiting`
 * for its payer, or the intent claims a success that does not fit the payment (`contradicted`).
 */
export type Outcome = "settled" | "cancelled" | "waiting" | "contradicted";

/**
 * The one way in which a payment changes on Stripe's word. However often and in whatever order it is called,
 * a payment settles once, and never unsettles.
 * @param intent as the API showed it a moment ago; never one from a webhook's body
 */
export async function applyIntent(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent,
): Promise<Outcome> {
  if (payment.status === "succeeded") return "settled";
  if (intent.status === "succeeded") return settle(env, payment, intent);
  if (intent.status === "canceled") {
    await env.transaction((trx) =>
      movePayment(trx, payment.id, "cancelled", { stripe_status: intent.status }),
    );
    return "cancelled";
  }
  await recordProgress(env, payment, intent);
  return "waiting";
}

async function settle(env: PaymentsEnv, payment: Payment, intent: Stripe.PaymentIntent): Promise<Outcome> {
  const differs = contradictions(payment, intent, env.tools.livemode).join(", ");
  if (differs !== "") {
    env.log.error(
      { payment_id: payment.id, intent: intent.id, differs },
      "a success at Stripe does not fit its payment",
    );
    await Payment.query(env.db)
      .patch({
        stripe_status: intent.status,
        last_error_code: "contradicted",
        last_error_message: `differs: ${differs}`,
      })
      .where({ id: payment.id, status: "open" });
    return "contradicted";
  }
  const paidAt = await env.clock.now();
  const settled = await env.transaction(async (trx) => {
    const moved = await movePayment(trx, payment.id, "succeeded", {
      stripe_status: intent.status,
      settled_at: paidAt,
    });
    if (moved === undefined) return undefined;
    await appendEvents<"payments">(trx, [
      {
        type: "payment.succeeded",
        subject_id: moved.id,
        payload: { ...paymentFact(moved), paid_at: paidAt },
      },
    ]);
    return moved;
  });
  if (settled !== undefined) return "settled";
  const now = await Payment.query(env.db).findById(payment.id);
  return now?.status === "succeeded" ? "settled" : "contradicted";
}

/**
 * A decline leaves the payment open; each failure is told once, whichever of webhook, page and job notices
 * it.
 */
async function recordProgress(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent,
): Promise<void> {
  const error = intent.last_payment_error;
  if (error === null) {
    if (payment.stripe_status === intent.status) return;
    await Payment.query(env.db)
      .patch({ stripe_status: intent.status })
      .where({ id: payment.id, status: "open" });
    return;
  }
  const code = error.decline_code ?? error.code ?? null;
  const message = error.message ?? null;
  const ref = error.charge ?? error.payment_method?.id ?? code ?? "unknown";
  await env.transaction(async (trx) => {
    const [failed] = await Payment.query(trx)
      .patch({
        stripe_status: intent.status,
        last_error_code: code,
        last_error_message: message,
        last_error_ref: ref,
      })
      .where({ id: payment.id, status: "open" })
      .whereRaw("last_error_ref IS DISTINCT FROM ?", [ref])
      .returning("*");
    if (failed === undefined) return;
    await appendEvents<"payments">(trx, [
      { type: "payment.failed", subject_id: failed.id, payload: { ...paymentFact(failed), code, message } },
    ]);
  });
}
