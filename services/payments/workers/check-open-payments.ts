import type Stripe from "stripe";
import { applyIntent } from "../intents/apply-intent";
import { ensureIntent } from "../intents/ensure-intent";
import type { Payment } from "../models/payment";
import { claimDuePayments } from "../queries/claim-due-payments";
import { pacer } from "../stripe/pacer";
import type { PaymentsEnv } from "../tools";

/** How many payments are claimed at once. */
const BATCH = 2_000;
/** Requests at the same time. A stop then waits for one timeout at most when Stripe does not answer. */
const LANES = 4;
/** Requests start at least so far apart: Stripe takes 25 a second with test keys. */
const GAP_MS = 60;
/** Below this many payments on a page of 100 intents, asking one by one takes fewer requests. */
const WORTH_LISTING = 4;

/**
 * Asks Stripe about open payments, in case neither the page nor a webhook reported the result. It also finds
 * or creates the intent of a payment that never received Stripe's answer. The newest come first. Where many
 * are due, lists of intents show which of them have changed: 10,000 take about a hundred requests.
 * @returns how many payments were claimed
 */
export async function checkOpenPayments(env: PaymentsEnv, stopping: () => boolean): Promise<number> {
  const due = await claimDuePayments(env.db, BATCH);
  const pace = pacer(GAP_MS);
  const size = Math.max(WORTH_LISTING, Math.ceil(due.length / LANES));
  const lanes = Array.from({ length: LANES }, (_, lane) => due.slice(lane * size, (lane + 1) * size));
  await Promise.all(lanes.map((lane) => new Lane(env, lane, pace, stopping).run()));
  return due.length;
}

/** Checks some payments, the newest first, one request after the other. */
class Lane {
  constructor(
    private readonly env: PaymentsEnv,
    private readonly due: Payment[],
    private readonly pace: () => Promise<void>,
    private readonly stopping: () => boolean,
  ) {}

  async run(): Promise<void> {
    let after: string | undefined;
    while (this.due.length > 0 && !this.stopping()) {
      if (this.due.length > WORTH_LISTING) {
        after ??= await this.checkFirst();
        after = after === undefined ? undefined : await this.checkListed(after);
        if (after !== undefined) continue;
      }
      // The list has few of them, or Stripe did not list.
      for (const payment of this.due.splice(0, 5 * WORTH_LISTING)) {
        if (this.stopping()) return;
        await this.check(payment);
      }
    }
  }

  /** @returns the id of its intent, after which lists can begin */
  private async checkFirst(): Promise<string | undefined> {
    const first = this.due.shift();
    if (first !== undefined) await this.check(first);
    return first?.stripe_payment_intent_id ?? undefined;
  }

  /**
   * Checks the payments that are on the page of intents after one.
   * @returns the last intent of the page; undefined when the page was of little use
   */
  private async checkListed(after: string): Promise<string | undefined> {
    await this.pace();
    const page = await this.env.tools.stripe.listIntents({}, after).catch(() => undefined);
    const intents = new Map(page?.data.map((intent) => [intent.id, intent]));
    const left: Payment[] = [];
    let checked = 0;
    for (const payment of this.due) {
      const intent = intents.get(payment.stripe_payment_intent_id ?? "");
      if (intent === undefined || this.stopping()) left.push(payment);
      else await this.checkAgainst(payment, intent).then(() => (checked += 1));
    }
    this.due.splice(0, this.due.length, ...left);
    return checked < WORTH_LISTING ? undefined : page?.data.at(-1)?.id;
  }

  /** Lists are for finding what has changed; what counts is the answer about the one intent. */
  private async checkAgainst(payment: Payment, listed: Stripe.PaymentIntent): Promise<void> {
    const waits = listed.status !== "succeeded" && listed.status !== "canceled";
    if (!waits || payment.livemode !== this.env.tools.livemode) return this.check(payment);
    await this.reported(payment, () => applyIntent(this.env, payment, listed));
  }

  private async check(payment: Payment): Promise<void> {
    await this.pace();
    await this.reported(payment, async () => {
      const live = await ensureIntent(this.env, payment);
      if (live !== undefined) await applyIntent(this.env, live.payment, live.intent);
    });
  }

  private async reported(payment: Payment, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { id: payment_id, checks } = payment;
      this.env.log.warn({ err: error, payment_id, checks }, "could not check an open payment");
    }
  }
}
