import type Stripe from "stripe";
import type { SandboxLog } from "../options";
import { newId } from "../state/ids";
import type { Delivery, Store } from "../state/store";
import { Disturbances } from "./disturbances";
import { postEvent } from "./post-event";
import { matchesType } from "./event-types";

export interface DelivererOptions {
  store: Store;
  retryDelaysMs: readonly number[];
  log: SandboxLog;
  /** Saves the state after a delivery changed it. */
  save: () => Promise<void>;
}

/** Delivers events to webhook endpoints at least once: a failed attempt is retried after each delay. */
export class Deliverer {
  readonly disturbances = new Disturbances();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #held: Delivery[] = [];
  #waiters: (() => void)[] = [];
  readonly #options: DelivererOptions;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier run had not delivered. */
  resume(): void {
    for (const delivery of this.#options.store.all("deliveries")) this.#schedule(delivery);
  }

  /** Sends an event to every endpoint that subscribes to its type. */
  publish(event: Stripe.Event): void {
    const { store } = this.#options;
    const endpoints = store
      .all("webhook_endpoints")
      .filter((endpoint) => matchesType(endpoint.enabled_events, event.type));
    event.pending_webhooks = endpoints.length;
    for (const endpoint of endpoints) {
      if (this.disturbances.loses(event.type)) continue;
      for (let copy = 0; copy < this.disturbances.copies; copy += 1) this.#enqueue(event.id, endpoint.id);
    }
  }

  /** Sends an event once more, as Stripe's dashboard can. */
  resend(eventId: string): void {
    const event = this.#options.store.get("events", eventId);
    for (const endpoint of this.#options.store.all("webhook_endpoints")) {
      if (event && matchesType(endpoint.enabled_events, event.type)) this.#enqueue(event.id, endpoint.id);
    }
  }

  /** Makes the held deliveries, one after the other. */
  async release(order: "oldest_first" | "newest_first"): Promise<void> {
    this.disturbances.holding = false;
    const held = order === "oldest_first" ? this.#held : [...this.#held].reverse();
    this.#held = [];
    for (const delivery of held) await this.#attempt(delivery);
  }

  /** Resolves when nothing is on its way or waiting for another attempt; what is held does not count. */
  idle(): Promise<void> {
    if (this.#timers.size === 0 && this.#attempts.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Ends every attempt. What was not delivered stays in the state for the next run. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#stopping.abort();
    await Promise.all(this.#attempts);
    this.#releaseWaiters();
  }

  #enqueue(event: string, endpoint: string): void {
    const delivery = {
      id: newId("dlv"),
      event,
      endpoint,
      attempts: 0,
      dueMs: Date.now() + this.disturbances.delayMs,
    };
    this.#options.store.put("deliveries", delivery);
    if (this.disturbances.holding) this.#held.push(delivery);
    else this.#schedule(delivery);
  }

  #schedule(delivery: Delivery): void {
    if (this.#stopping.signal.aborted) return;
    const run = (): void => {
      this.#timers.delete(delivery.id);
      void this.#attempt(delivery);
    };
    this.#timers.set(delivery.id, setTimeout(run, Math.max(0, delivery.dueMs - Date.now())));
  }

  #attempt(delivery: Delivery): Promise<void> {
    const attempt = this.#deliver(delivery)
      .catch((error: unknown) => this.#options.log.error(`Sandbox webhook: ${String(error)}`))
      .finally(() => {
        this.#attempts.delete(attempt);
        this.#releaseWaiters();
      });
    this.#attempts.add(attempt);
    return attempt;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { store, log } = this.#options;
    const event = store.get("events", delivery.event);
    const endpoint = store.get("webhook_endpoints", delivery.endpoint);
    if (!event || !endpoint) {
      store.delete("deliveries", delivery.id);
      return;
    }
    const problem = await postEvent(event, endpoint, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    delivery.attempts += 1;
    if (problem === null) {
      log.info(`Sandbox webhook ${event.type} ${event.id}: delivered`);
      this.#finish(delivery, event);
    } else {
      this.#retry(
        delivery,
        `Sandbox webhook ${event.type} ${event.id}: attempt ${delivery.attempts} ${problem}`,
      );
    }
    await this.#options.save();
  }

  #finish(delivery: Delivery, event: Stripe.Event): void {
    this.#options.store.delete("deliveries", delivery.id);
    const open = this.#options.store.all("deliveries").some((other) => {
      return other.event === delivery.event && other.endpoint === delivery.endpoint;
    });
    if (!open && event.pending_webhooks > 0) event.pending_webhooks -= 1;
  }

  #retry(delivery: Delivery, problem: string): void {
    const waitMs = this.#options.retryDelaysMs[delivery.attempts - 1];
    if (waitMs === undefined) {
      this.#options.log.error(`${problem}; no attempt is left`);
      this.#options.store.delete("deliveries", delivery.id);
      return;
    }
    this.#options.log.warn(`${problem}; retry in ${waitMs} ms`);
    delivery.dueMs = Date.now() + waitMs;
    this.#schedule(delivery);
  }

  #releaseWaiters(): void {
    if (this.#timers.size > 0 || this.#attempts.size > 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
