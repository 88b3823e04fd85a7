import type { ServiceBroker } from "moleculer";
import type { Producer } from "../contracts";

const QUIET_MS = 20;

/**
 * Says that a service has committed new events: to its own listeners at every ring, to other services at once
 * and then at most every 20 ms. A ring that is lost costs only time, because consumers also look by
 * themselves.
 */
export class Doorbell {
  readonly #broker: ServiceBroker;
  readonly #event: string;
  readonly #listeners: (() => void)[] = [];
  #quiet: NodeJS.Timeout | undefined;
  #rungMeanwhile = false;

  constructor(broker: ServiceBroker, producer: Producer) {
    this.#broker = broker;
    this.#event = Doorbell.eventOf(producer);
  }

  /** The name of the Moleculer event by which other services hear a producer's ring. */
  static eventOf(producer: Producer): string {
    return `doorbell.${producer}`;
  }

  /** Adds a listener in the same process. */
  onRing(listener: () => void): void {
    this.#listeners.push(listener);
  }

  ring(): void {
    for (const listener of this.#listeners) listener();
    this.#broadcast();
  }

  #broadcast(): void {
    if (this.#quiet !== undefined) {
      this.#rungMeanwhile = true;
      return;
    }
    void this.#send();
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      if (!this.#rungMeanwhile) return;
      this.#rungMeanwhile = false;
      this.#broadcast();
    }, QUIET_MS).unref();
  }

  /** Nothing is lost by a ring that fails, whatever fails in it: readers also poll. */
  async #send(): Promise<void> {
    try {
      await this.#broker.broadcast(this.#event);
    } catch (error) {
      this.#broker.logger.debug({ err: error }, "the doorbell could not be rung");
    }
  }
}
