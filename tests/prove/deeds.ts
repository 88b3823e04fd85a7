import { randomUUID } from "node:crypto";
import { payByCard } from "../support/http";
import { eventually } from "../support/system";
import type { Cluster } from "./cluster";
import { dayOf } from "./calendar";
import type { Life } from "./model";
import { patiently, typeOf } from "./patience";
import type { Deed, Story } from "./story";

const BILLED_WITHIN_MS = 40_000;

/** What has been done so far, by the names that the product gave. */
export interface Record {
  /** ids of plans, subscriptions (where they exist yet) and users, in the story's order */
  plans: string[];
  subscriptions: string[];
  users: string[];
  /** invoices for which the bank has the money */
  charged: Set<string>;
}

type Of<Kind extends Deed["kind"]> = Extract<Deed, { kind: Kind }>;

/** Does what customers and staff do, patiently: each deed is repeated until somebody says that it is done. */
export class Doer {
  readonly record: Record = { plans: [], subscriptions: [], users: [], charged: new Set() };
  readonly #cluster: Cluster;
  readonly #story: Story;

  constructor(cluster: Cluster, story: Story) {
    this.#cluster = cluster;
    this.#story = story;
  }

  /** Makes the plans, and customers whom notifications can write to. */
  async begin(): Promise<void> {
    for (const { name, amount, currency, interval, count, trialDays } of this.#story.plans) {
      const plan = {
        name,
        amount_minor: amount,
        currency,
        interval,
        interval_count: count,
        trial_days: trialDays,
      };
      this.record.plans.push((await this.#cluster.call("catalog.createPlan", plan)).id);
    }
    this.record.users = this.#story.lives.map(() => randomUUID());
    await this.#cluster.db.raw(
      `INSERT INTO identity.outbox (type, subject_id, payload)
       SELECT 'user.registered', id, jsonb_build_object('id', id, 'username', 'user-' || id, 'email', id || '@example.com',
                                                        'is_staff', false, 'is_active', true)
       FROM unnest(?::text[]) AS id`,
      [this.record.users],
    );
    await this.#cluster.ring("identity");
  }

  /** The id of a life's customer. */
  userOf(life: number): string {
    return this.record.users[this.#story.lives[life]?.user ?? -1] as string;
  }

  /** Does all deeds of a step at once. */
  async doAll(deeds: readonly Deed[]): Promise<void> {
    await Promise.all(deeds.map((deed) => this.#do(deed)));
  }

  #do(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case "subscribe":
        return this.#subscribe(this.#story.lives[deed.life] as Life);
      case "cancel":
        return this.#cancel(this.#story.lives[deed.life] as Life);
      case "reprice":
        return this.#reprice(deed);
      case "pay":
        return this.#pay(deed);
    }
  }

  async #subscribe({ index, plan, start, end }: Life): Promise<void> {
    const [user_id, planId] = [this.userOf(index), this.record.plans[plan] as string];
    this.record.subscriptions[index] = await patiently(`subscription ${index}`, async (n) => {
      try {
        const params = {
          plan: planId,
          user_id,
          start_date: start,
          ...(end === null ? {} : { end_date: end }),
        };
        return (await this.#cluster.call("subscriptions.createSubscription", params)).id;
      } catch (error) {
        if (n === 1 || typeOf(error) !== "subscription.already_active") throw error;
        const { items } = await this.#cluster.call("subscriptions.listSubscriptions", {
          user_id,
          status: "active",
        });
        return items[0]?.id as string;
      }
    });
  }

  /** Who cancels late on the day of a new period has its invoice already. */
  async #cancel({ index, cancelled }: Life): Promise<void> {
    const id = this.record.subscriptions[index] as string;
    if (cancelled?.kind === "late") await this.#untilBilled(id, dayOf(cancelled.at));
    await patiently(`cancelling ${index}`, async (n) => {
      try {
        await this.#cluster.call("subscriptions.unsubscribe", { id });
      } catch (error) {
        if (n === 1 || typeOf(error) !== "subscription.already_cancelled") throw error;
      }
    });
  }

  async #untilBilled(subscription: string, day: string): Promise<void> {
    await eventually(async () => {
      const { rows } = await this.#cluster.db.raw<{ rows: unknown[] }>(
        "SELECT FROM invoicing.invoices WHERE subscription_id = ? AND period_start = ?",
        [subscription, day],
      );
      return rows[0];
    }, BILLED_WITHIN_MS).catch(() => {
      throw new Error(
        `the period of ${subscription} that starts on ${day} was not billed within ${BILLED_WITHIN_MS} ms`,
      );
    });
  }

  async #reprice({ plan, amount }: Of<"reprice">): Promise<void> {
    const id = this.record.plans[plan] as string;
    await patiently(`a new price of plan ${plan}`, () =>
      this.#cluster.call("catalog.updatePlan", { id, amount_minor: amount }),
    );
  }

  /** Two windows of the payment page at once; the card is entered in one. */
  async #pay({ life, card, confirm }: Of<"pay">): Promise<void> {
    const invoice_id = await this.#oldestUnpaid(this.record.subscriptions[life] as string);
    if (invoice_id === undefined) return;
    const open = () =>
      patiently(`paying ${invoice_id}`, () =>
        this.#cluster.call("payments.createPaymentIntent", { invoice_id }),
      );
    const [intent, other] = await Promise.all([open(), open()]);
    if (intent.payment_intent_id !== other.payment_intent_id)
      throw new Error(`invoice ${invoice_id} has two live intents`);
    if (await this.#charge(intent, card)) this.record.charged.add(invoice_id);
    if (!confirm) return;
    await patiently(`confirming ${invoice_id}`, async () => {
      try {
        await this.#cluster.call("payments.confirmPayment", { invoice_id });
      } catch (error) {
        if (typeOf(error) !== "payment.not_confirmed" || this.record.charged.has(invoice_id)) throw error;
      }
    });
  }

  async #oldestUnpaid(subscription: string): Promise<string | undefined> {
    const { rows } = await this.#cluster.db.raw<{ rows: { id: string }[] }>(
      `SELECT id FROM invoicing.invoices WHERE subscription_id = ? AND status <> 'paid' ORDER BY period_start`,
      [subscription],
    );
    return rows.map(({ id }) => id).find((id) => !this.record.charged.has(id));
  }

  /** Enters a card at the bank; its answer may get lost, its books do not. */
  async #charge(intent: Parameters<typeof payByCard>[1], card: string): Promise<boolean> {
    const { url } = this.#cluster.sandbox;
    return patiently(`the card for ${intent.payment_intent_id}`, async () => {
      const status = await payByCard(url, intent, card).catch(() => 503);
      if (status === 200) return true;
      if (status === 402) return false;
      const state = await stateAtBank(url, intent);
      if (state === "succeeded") return true;
      throw Object.assign(new Error(`the bank answered ${status}, the payment is ${state}`), {
        retryable: true,
      });
    });
  }
}

async function stateAtBank(url: string, intent: Parameters<typeof payByCard>[1]): Promise<string> {
  const query = new URLSearchParams({ client_secret: intent.client_secret });
  const response = await fetch(`${url}/v1/payment_intents/${intent.payment_intent_id}?${query}`, {
    headers: { authorization: `Bearer ${intent.publishable_key}` },
  }).catch(() => undefined);
  if (response === undefined || !response.ok) return "not known";
  return ((await response.json()) as { status: string }).status;
}
