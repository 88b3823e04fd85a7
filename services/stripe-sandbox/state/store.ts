import type Stripe from "stripe";

/** What the sandbox knows about a payment method and the API does not show. Never the number. */
export interface MethodTraits {
  id: string;
  /** Name of the test card, see domain/test-cards.ts. */
  card: string;
  /** Saved with consent: some cards then ask for no authentication. */
  setUp: boolean;
  /** Used once without a customer, or detached: it cannot be used again. */
  spent: boolean;
}

/** One event to be delivered to one endpoint. */
export interface Delivery {
  id: string;
  event: string;
  endpoint: string;
  /** Attempts already made. */
  attempts: number;
  /** When the next attempt is due, in wall-clock ms. */
  dueMs: number;
}

/** The answer to an idempotency key. */
export interface RememberedAnswer {
  /** The key. */
  id: string;
  fingerprint: string;
  requestId: string;
  status: number;
  body: string;
  createdMs: number;
}

/** A refund whose outcome comes later. */
export interface LateRefund {
  id: string;
  outcome: "failed" | "succeeded";
  dueMs: number;
}

export interface Tables {
  customers: Stripe.Customer | Stripe.DeletedCustomer;
  payment_methods: Stripe.PaymentMethod;
  payment_intents: Stripe.PaymentIntent;
  setup_intents: Stripe.SetupIntent;
  charges: Stripe.Charge;
  refunds: Stripe.Refund;
  disputes: Stripe.Dispute;
  events: Stripe.Event;
  webhook_endpoints: Stripe.WebhookEndpoint;
  method_traits: MethodTraits;
  deliveries: Delivery;
  answers: RememberedAnswer;
  late_refunds: LateRefund;
}

export type TableName = keyof Tables;
type Rows = { [Name in TableName]: Map<string, Tables[Name]> };

/** The state as it is written to disk. */
export type Snapshot = { [Name in TableName]?: Tables[Name][] };

/** Older events are deleted, so that the state file stays small. */
const EVENTS_KEPT = 1000;

/** Every object of the sandbox, by kind and id, in the order they were made. */
export class Store {
  readonly #rows: Rows = {
    customers: new Map(),
    payment_methods: new Map(),
    payment_intents: new Map(),
    setup_intents: new Map(),
    charges: new Map(),
    refunds: new Map(),
    disputes: new Map(),
    events: new Map(),
    webhook_endpoints: new Map(),
    method_traits: new Map(),
    deliveries: new Map(),
    answers: new Map(),
    late_refunds: new Map(),
  };

  constructor(snapshot: Snapshot = {}) {
    for (const name of Object.keys(this.#rows) as TableName[]) this.#load(name, snapshot);
  }

  #load<Name extends TableName>(name: Name, snapshot: Snapshot): void {
    for (const row of snapshot[name] ?? []) this.#rows[name].set(row.id, row);
  }

  get<Name extends TableName>(table: Name, id: string): Tables[Name] | undefined {
    return this.#rows[table].get(id);
  }

  put<Name extends TableName>(table: Name, row: Tables[Name]): void {
    this.#rows[table].set(row.id, row);
    if (table === "events") this.#deleteOldEvents();
  }

  delete(table: TableName, id: string): void {
    this.#rows[table].delete(id);
  }

  /** All rows of a kind, oldest first. */
  all<Name extends TableName>(table: Name): Tables[Name][] {
    return [...this.#rows[table].values()];
  }

  /** The whole state; the rows are shared, not copied. */
  snapshot(): Snapshot {
    return Object.fromEntries((Object.keys(this.#rows) as TableName[]).map((name) => [name, this.all(name)]));
  }

  #deleteOldEvents(): void {
    const oldest = this.#rows.events.keys().next();
    if (this.#rows.events.size > EVENTS_KEPT && !oldest.done) this.#rows.events.delete(oldest.value);
  }
}
