import type Stripe from "stripe";
import { appendEvents } from "../../../shared/events/outbox";
import { contradictions } from "../domain/contradictions";
import { Payment } from "../models/payment";
import { paymentEvent } from "../models/payment-view";
import { movePayment } from "../queries/move-payment";
import type { PaymentsEnv } from "../tools";

/**
 * What an intent means for its payment: `settled` (now or before), `cancelled`, `waiting` for the payer, or
 * `contradicted`: the intent has succeeded, but its data does not match the payment.
 */
export type Outcome = "settled" | "cancelled" | "waiting" | "contradicted";

/**
 * Updates a payment from its intent. Calls may be repeated and may come in any order.
 * @param intent as the API has just returned it; never the one from a webhook's body
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
      "an intent that succeeded at Stripe does not match its payment",
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
    const payload = { ...paymentEvent(moved), paid_at: paidAt };
    await appendEvents<"payments">(trx, [{ type: "payment.succeeded", subject_id: moved.id, payload }]);
    return moved;
  });
  if (settled !== undefined) return "settled";
  const now = await Payment.query(env.db).findById(payment.id);
  return now?.status === "succeeded" ? "settled" : "contradicted";
}

/** Records a decline; the payment stays open. Each failure makes one event, however often it is seen. */
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
  // Which failure it is: a second decline of the same card is another charge.
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
    const payload = { ...paymentEvent(failed), code, message };
    await appendEvents<"payments">(trx, [{ type: "payment.failed", subject_id: failed.id, payload }]);
  });
}
