import type Stripe from "stripe";
import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import { contradictions } from "../domain/contradictions";
import { CONTRADICTED, INTENT_MISSING, REFUNDED } from "../domain/review";
import { Payment } from "../models/payment";
import { paymentEvent } from "../models/payment-view";
import { movePayment } from "../queries/move-payment";
import { recordUnbooked } from "../queries/unbooked-payments";
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
  if (payment.status !== "open") return bookedByNone(env, payment, intent);
  if (differs !== "") {
    env.log.error(
      { payment_id: payment.id, intent: intent.id, differs },
      "an intent that succeeded at Stripe does not match its payment",
    );
    await Payment.query(env.db)
      .patch({
        stripe_status: intent.status,
        last_error_code: CONTRADICTED,
        last_error_message: `differs: ${differs}`,
      })
      .where({ id: payment.id, status: "open" });
    return "contradicted";
  }
  if ((await settlePayment(env, payment)) !== undefined) return "settled";
  const now = await Payment.query(env.db).findById(payment.id).throwIfNotFound();
  return now.status === "succeeded" ? "settled" : bookedByNone(env, now, intent);
}

/**
 * Makes an open payment succeeded, with its event.
 * @param changes what else is written
 * @param append writes further events before it, in the same transaction
 * @returns undefined when it was no longer open
 */
export async function settlePayment(
  env: PaymentsEnv,
  { id }: Pick<Payment, "id">,
  changes: Parameters<typeof movePayment>[3] = {},
  append: (trx: Knex.Transaction, payment: Payment) => Promise<void> = async () => {},
): Promise<Payment | undefined> {
  const paid_at = await env.clock.now();
  return env.transaction(async (trx) => {
    const moved = await movePayment(trx, id, "succeeded", {
      stripe_status: "succeeded",
      settled_at: paid_at,
      ...changes,
    });
    if (moved === undefined) return undefined;
    await append(trx, moved);
    const payload = { ...paymentEvent(moved), paid_at };
    await appendEvents<"payments">(trx, [{ type: "payment.succeeded", subject_id: moved.id, payload }]);
    return moved;
  });
}

/** An intent has succeeded after its payment had ended. Where staff sent the money back, that is known. */
async function bookedByNone(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent,
): Promise<Outcome> {
  if (payment.last_error_code === REFUNDED) return "contradicted";
  env.log.error(
    { payment_id: payment.id, intent: intent.id },
    "an intent succeeded after its payment had ended",
  );
  await recordUnbooked(env.db, intent, payment.invoice_id, `its payment is ${payment.status}`);
  return "contradicted";
}

/** Records a decline; the payment stays open. Each failure makes one event, however often it is seen. */
async function recordProgress(
  env: PaymentsEnv,
  payment: Payment,
  intent: Stripe.PaymentIntent,
): Promise<void> {
  const error = intent.last_payment_error;
  if (error === null) {
    const found = payment.last_error_code === INTENT_MISSING;
    if (payment.stripe_status === intent.status && !found) return;
    await Payment.query(env.db)
      .patch({
        stripe_status: intent.status,
        ...(found ? { last_error_code: null, last_error_message: null } : {}),
      })
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
