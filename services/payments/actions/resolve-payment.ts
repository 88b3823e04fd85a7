import { recordChanges } from "../../../shared/events/audit-log";
import { notFound } from "../../../shared/errors";
import type { Resolution, ResolvedPayment, UnbookedPayment } from "../../../shared/contracts/payments";
import { resolveReview, sendBack } from "../intents/resolve-review";
import { Payment } from "../models/payment";
import { findUnbooked, resolveUnbooked } from "../queries/unbooked-payments";
import type { PaymentsAction, PaymentsEnv } from "../tools";

/**
 * Decides about a payment under review, or about money at Stripe that is not in the books. Repeating the call
 * changes nothing.
 * @throws BillingError 404; 409 when there is nothing to decide; 503 when Stripe does not answer
 */
export const resolvePayment: PaymentsAction<"payments.resolvePayment"> = async (env) => {
  const { id, resolution } = env.params;
  const payment = await Payment.query(env.db).findById(id);
  if (payment !== undefined) return resolveReview(env, payment, resolution);
  const unbooked = await findUnbooked(env.db, { id });
  if (unbooked === undefined) throw notFound("payment");
  return decide(env, unbooked, unbooked.resolution ?? resolution);
};

/** `accept` says that the money was booked elsewhere; nothing else is written here. */
async function decide(
  env: PaymentsEnv,
  { id, invoice, stripe_payment_intent_id }: UnbookedPayment,
  resolution: Resolution,
): Promise<ResolvedPayment> {
  const answer = { id, invoice, stripe_payment_intent_id, resolution, status: null };
  if (resolution === "refund") {
    const intent = await env.tools.stripe.findIntent(stripe_payment_intent_id);
    if (intent !== undefined && (await sendBack(env, intent, id)) === "pending")
      return { ...answer, detail: "The refund is on its way." };
  }
  await env.transaction(async (trx) => {
    if (!(await resolveUnbooked(trx, id, resolution))) return;
    await recordChanges(trx, [{ action: "unbooked_payment.resolved", object: id, details: { resolution } }]);
  });
  const detail =
    resolution === "accept"
      ? "It is no longer reported as missing in the books."
      : "The money was sent back.";
  return { ...answer, detail };
}
