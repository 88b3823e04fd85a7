import { applyIntent } from "../intents/apply-intent";
import { ensureIntent } from "../intents/ensure-intent";
import type { Payment } from "../models/payment";
import { claimDuePayments } from "../queries/claim-due-payments";
import type { PaymentsEnv } from "../tools";

/** Requests at the same time. A stop then waits for one timeout at most when Stripe does not answer. */
const BATCH = 5;

/**
 * Asks Stripe about open payments, in case neither the page nor a webhook reported the result. It also finds
 * or creates the intent of a payment that never received Stripe's answer.
 * @returns how many payments were checked
 */
export async function checkOpenPayments(env: PaymentsEnv): Promise<number> {
  const due = await claimDuePayments(env.db, BATCH);
  await Promise.all(due.map((payment) => check(env, payment)));
  return due.length;
}

async function check(env: PaymentsEnv, payment: Payment): Promise<void> {
  try {
    const live = await ensureIntent(env, payment);
    if (live !== undefined) await applyIntent(env, live.payment, live.intent);
  } catch (error) {
    const { id: payment_id, checks } = payment;
    env.log.warn({ err: error, payment_id, checks }, "could not check an open payment");
  }
}
