import type Stripe from "stripe";
import { unavailable } from "../../../shared/errors";
import { Payment } from "../models/payment";
import { moveStripeListing, readStripeListing } from "../queries/stripe-listing";
import type { PaymentsEnv } from "../tools";
import { applyIntent } from "./apply-intent";
import { findPaymentOf } from "./payment-of-intent";

/** How far Stripe's clock may be from ours, and how late an intent may come into a list. */
const OVERLAP_MS = 120_000;
/** After each window the progress is recorded. */
const WINDOW_MS = 24 * 3_600_000;

/** No intent is created while Stripe and the books were last compared longer ago than this. */
const FRESH_MS = 10 * 60_000;
/** What a payer waits for it; the rest of an action's ten seconds is for the intent. */
const WAIT_MS = 4_000;

/** What a comparison did. */
export interface Compared {
  since: string;
  listed: number;
  taken_over: number;
  settled: number;
}

/**
 * Compares the intents that were created at Stripe since a time with the payments, the oldest day first.
 * Those that the books lack are taken over; those that have ended without us are applied.
 * @param since by default when they were last compared; books from a backup bring the time of the backup
 * @param deadline_ms wall clock
 * @throws BillingError 503 when Stripe does not answer, or not by the deadline
 */
export async function compareWithStripe(
  env: PaymentsEnv,
  { since, deadline_ms = Infinity }: { since?: Date; deadline_ms?: number } = {},
): Promise<Compared> {
  const { listed_until } = await readStripeListing(env.db);
  const first = since ?? new Date(Date.parse(listed_until) - OVERLAP_MS);
  const compared: Compared = { since: first.toISOString(), listed: 0, taken_over: 0, settled: 0 };
  for (let from_ms = first.getTime(); ; from_ms += WINDOW_MS) {
    const now_ms = Date.now();
    const to_ms = Math.min(from_ms + WINDOW_MS, now_ms);
    // The last window has no end: Stripe's clock may be ahead.
    const created = {
      gte: Math.floor(from_ms / 1000),
      ...(to_ms === now_ms ? {} : { lte: Math.floor(to_ms / 1000) }),
    };
    for await (const page of env.tools.stripe.allIntents(created)) {
      await comparePage(env, page, compared);
      if (Date.now() > deadline_ms) throw unavailable("stripe");
    }
    // A comparison from a later time than the last one leaves a gap.
    if (from_ms <= Date.parse(listed_until)) await moveStripeListing(env.db, new Date(to_ms));
    if (to_ms === now_ms) return compared;
  }
}

async function comparePage(
  env: PaymentsEnv,
  intents: readonly Stripe.PaymentIntent[],
  compared: Compared,
): Promise<void> {
  const marked = intents.filter(({ metadata }) => metadata["invoice_id"] !== undefined);
  const ids = marked.map(({ id }) => id);
  const payments = await Payment.query(env.db).whereIn("stripe_payment_intent_id", ids);
  const known = new Map(payments.map((payment) => [payment.stripe_payment_intent_id, payment]));
  compared.listed += intents.length;
  for (const listed of marked.toReversed()) {
    const payment = known.get(listed.id);
    if (payment !== undefined && !hasEndedElsewhere(payment, listed)) continue;
    // Lists are for finding; what counts is the answer about the one intent.
    const intent = await env.tools.stripe.findIntent(listed.id);
    if (intent === undefined) continue;
    const found = payment ?? (await findPaymentOf(env, intent));
    if (typeof found === "string") continue;
    if (payment === undefined) compared.taken_over += 1;
    if ((await applyIntent(env, found, intent)) === "settled") compared.settled += 1;
  }
}

/** Whether an intent has ended, and its payment here in another way or not at all. */
function hasEndedElsewhere(payment: Payment, intent: Stripe.PaymentIntent): boolean {
  if (intent.status === "succeeded") return payment.status !== "succeeded";
  return intent.status === "canceled" && payment.status === "open";
}

/**
 * Makes sure that the books know the intents at Stripe before a new one is created: after a restore of older
 * books, the invoice may have one already.
 * @throws BillingError 503 when Stripe does not answer, or there is more to compare than a payer can wait for
 */
export async function requireCompared(env: PaymentsEnv): Promise<void> {
  if ((await comparedAgo_ms(env)) <= FRESH_MS) return;
  await compareWithStripe(env, { deadline_ms: Date.now() + WAIT_MS });
}

/** How long ago Stripe and the books were last compared (wall clock). */
export async function comparedAgo_ms({ db }: PaymentsEnv): Promise<number> {
  return Date.now() - Date.parse((await readStripeListing(db)).listed_until);
}
