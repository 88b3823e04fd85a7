import { applyIntent } from "../intents/apply-intent";
import { ensureIntent } from "../intents/ensure-intent";
import type { Payment } from "../models/payment";
import { claimDuePayments } from "../queries/claim-due-payments";
import type { PaymentsEnv } from "../tools";

/** Asked about at the same time, so that a Stripe that does not answer holds up a stop only once. */
const HELPING = 5;

/**
 * Asks Stripe about payments that stayed open, for what webhook and page did not tell; also finds or makes
 * the intent of those that lost Stripe's answer.
 * @returns how many were asked about
 */
export async function checkOpenPayments(env: PaymentsEnv): Promise<number> {
  const due = await claimDuePayments(env.db, HELPING);
  await Promise.all(due.map((payment) => check(env, payment)));
  return due.length;
}

async function check(env: PaymentsEnv, payment: Payment): Promise<void> {
  try {
    const live = await ensureIntent(env, payment);
    if (live !== undefined) await applyIntent(env, live.payment, live.intent);
  } catch (error) {
    const { id: payment_id, checks } = payment;
    env.log.warn({ err: error, payment_id, checks }, "a payment that is open could not be checked");
  }
}
