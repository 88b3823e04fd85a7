import { payByCard } from "../support/http";
import { eventually } from "../support/system";
import { dayOf } from "./calendar";
import type { Cluster } from "./cluster";
import type { Plan, Subscription } from "./model";
import { retry, typeOf, unavailable } from "./retry";
import type { Action, Story } from "./story";

const BILLED_WITHIN_MS = 40_000;

/** What the product and the bank answered so far. */
export interface Results {
  /** ids in the story's order; a subscription's once it exists, a user's for each subscription */
  planIds: string[];
  subscriptionIds: string[];
  customerIds: string[];
  /** how many one-off charges were made */
  charges: number;
  /** ids of the invoices that the bank has charged */
  charged: Set<string>;
}

type Of<Kind extends Action["kind"]> = Extract<Action, { kind: Kind }>;

/** Runs the actions of customers and staff. Each is repeated until its result is known. */
export class ActionRunner {
  readonly results: Results = {
    planIds: [],
    subscriptionIds: [],
    customerIds: [],
    charges: 0,
    charged: new Set(),
  };
  readonly #cluster: Cluster;
  readonly #story: Story;

  constructor(cluster: Cluster, story: Story) {
    this.#cluster = cluster;
    this.#story = story;
  }

  /** Creates the plans and the customers, who have no users. */
  async setUp(): Promise<void> {
    for (const { name, amount, currency, interval, count, trialDays, parts = [] } of this.#story.plans) {
      const plan = {
        name,
        amount_minor: amount,
        currency,
        interval,
        interval_count: count,
        trial_days: trialDays,
        components: parts.map(({ item, amount: each, perSeat }) => ({
          item,
          description: item,
          per_unit: perSeat,
          amount_minor: each,
        })),
      };
      this.results.planIds.push((await this.#cluster.call("catalog.createPlan", plan)).id);
    }
    for (const { index } of this.#story.subscriptions) {
      const customer = { name: `customer-${index}`, email: `customer-${index}@example.com` };
      this.results.customerIds.push((await this.#cluster.call("identity.createCustomer", customer)).id);
    }
  }

  /** The id of a subscription's customer. */
  customerOf(subscription: number): string {
    return this.results.customerIds[this.#story.subscriptions[subscription]?.user ?? -1] as string;
  }

  /** Runs all actions of a step at once. */
  async runAll(actions: readonly Action[]): Promise<void> {
    await Promise.all(actions.map((action) => this.#run(action)));
  }

  #run(action: Action): Promise<void> {
    switch (action.kind) {
      case "subscribe":
        return this.#subscribe(this.#story.subscriptions[action.subscription] as Subscription);
      case "cancel":
        return this.#cancel(this.#story.subscriptions[action.subscription] as Subscription);
      case "charge":
        return this.#chargeOnce(action);
      case "change_price":
        return this.#changePrice(action);
      case "pay":
        return this.#pay(action);
    }
  }

  async #subscribe({ index, plan, start, end, seats }: Subscription): Promise<void> {
    const [customer, planId] = [this.customerOf(index), this.results.planIds[plan] as string];
    const params = {
      plan: planId,
      customer,
      start_date: start,
      ...(end === null ? {} : { end_date: end }),
      ...(this.#story.plans[plan]?.parts === undefined
        ? {}
        : { items: [{ item: "seats", quantity: seats }] }),
    };
    const subscribe = () =>
      this.#cluster.call("subscriptions.createSubscription", params, { key: `subscribe ${index}` });
    const { id } = await retry(`subscription ${index}`, subscribe);
    // Whatever has died since, the same request gets the same answer.
    const again = await retry(`subscription ${index}, once more`, subscribe);
    if (again.id !== id) throw new Error(`subscription ${index}: a repeated request gave another one`);
    this.results.subscriptionIds[index] = id;
  }

  /** A cancellation after billing waits for the invoice of the period that starts on that day. */
  async #cancel({ index, cancelled }: Subscription): Promise<void> {
    const id = this.results.subscriptionIds[index] as string;
    if (cancelled?.timing === "after_billing") await this.#untilBilled(id, dayOf(cancelled.at));
    await retry(`cancelling subscription ${index}`, () =>
      this.#cluster.call("subscriptions.unsubscribe", { id }, { key: `cancel ${index}` }),
    );
  }

  async #untilBilled(subscriptionId: string, day: string): Promise<void> {
    await eventually(async () => {
      const { rows } = await this.#cluster.db.raw<{ rows: unknown[] }>(
        "SELECT FROM invoicing.invoices WHERE subscription_id = ? AND period_start = ?",
        [subscriptionId, day],
      );
      return rows[0];
    }, BILLED_WITHIN_MS).catch(() => {
      const period = `the period of ${subscriptionId} that starts on ${day}`;
      throw new Error(`${period} was not billed within ${BILLED_WITHIN_MS} ms`);
    });
  }

  /** Charges a customer once; sent twice, it is kept once. */
  async #chargeOnce({ subscription, amount }: Of<"charge">): Promise<void> {
    const plan = this.#story.plans[this.#story.subscriptions[subscription]?.plan ?? 0] as Plan;
    const customer = this.customerOf(subscription);
    const params = { customer, description: "once", unit_amount_minor: amount, currency: plan.currency };
    const key = `charge ${++this.results.charges}`;
    for (let time = 0; time < 2; time++)
      await retry(key, () => this.#cluster.call("invoicing.createCharge", params, { key }));
  }

  async #changePrice({ plan, amount }: Of<"change_price">): Promise<void> {
    const id = this.results.planIds[plan] as string;
    await retry(`a new price of plan ${plan}`, () =>
      this.#cluster.call("catalog.updatePlan", { id, amount_minor: amount }),
    );
  }

  /** Opens the payment page in two windows at once and enters the card in one. */
  async #pay({ subscription, card, confirm }: Of<"pay">): Promise<void> {
    const invoice_id = await this.#oldestUnpaid(this.results.subscriptionIds[subscription] as string);
    if (invoice_id === undefined) return;
    const open = () =>
      retry(`paying ${invoice_id}`, () =>
        this.#cluster.call("payments.createPaymentIntent", { invoice: invoice_id }),
      );
    const [intent, other] = await Promise.all([open(), open()]);
    if (intent.payment_intent_id !== other.payment_intent_id)
      throw new Error(`invoice ${invoice_id} has two live intents`);
    if (await this.#charge(intent, card)) this.results.charged.add(invoice_id);
    if (!confirm) return;
    await retry(`confirming ${invoice_id}`, async () => {
      try {
        await this.#cluster.call("payments.confirmPayment", { invoice: invoice_id });
      } catch (error) {
        if (typeOf(error) !== "payment.not_confirmed" || this.results.charged.has(invoice_id)) throw error;
      }
    });
  }

  async #oldestUnpaid(subscriptionId: string): Promise<string | undefined> {
    const { rows } = await this.#cluster.db.raw<{ rows: { id: string }[] }>(
      `SELECT id FROM invoicing.invoices
       WHERE subscription_id = ? AND status <> 'paid' ORDER BY period_start`,
      [subscriptionId],
    );
    return rows.map(({ id }) => id).find((id) => !this.results.charged.has(id));
  }

  /** Pays by card. When the answer is lost, the bank's own state of the intent decides. */
  async #charge(intent: Parameters<typeof payByCard>[1], card: string): Promise<boolean> {
    const { url } = this.#cluster.sandbox;
    return retry(`the card for ${intent.payment_intent_id}`, async () => {
      const status = await payByCard(url, intent, card).catch(() => 503);
      if (status === 200) return true;
      if (status === 402) return false;
      const state = await stateAtBank(url, intent);
      if (state === "succeeded") return true;
      throw unavailable(`the bank answered ${status}, the payment is ${state}`);
    });
  }
}

async function stateAtBank(url: string, intent: Parameters<typeof payByCard>[1]): Promise<string> {
  const query = new URLSearchParams({ client_secret: intent.client_secret });
  const response = await fetch(`${url}/v1/payment_intents/${intent.payment_intent_id}?${query}`, {
    headers: { authorization: `Bearer ${intent.publishable_key}` },
  }).catch(() => undefined);
  if (response === undefined || !response.ok) return "unknown";
  return ((await response.json()) as { status: string }).status;
}
