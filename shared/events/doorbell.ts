import type { ServiceBroker } from "moleculer";
import type { Producer } from "../contracts";

const QUIET_MS = 20;

/**
 * Tells everybody that a service has committed new events. Rings at once, then at most once in 20 ms; a lost
 * ring costs only time, because consumers also look by themselves.
 */
export class Doorbell {
  readonly #broker: ServiceBroker;
  readonly #event: string;
  #quiet: NodeJS.Timeout | undefined;
  #rungMeanwhile = false;

  constructor(broker: ServiceBroker, producer: Producer) {
    this.#broker = broker;
    this.#event = Doorbell.eventOf(producer);
  }

  /** The name of the Moleculer event that is a producer's ring. */
  static eventOf(producer: Producer): string {
    return `doorbell.${producer}`;
  }

  ring(): void {
    if (this.#quiet !== undefined) {
      this.#rungMeanwhile = true;
      return;
    }
    this.#broker.broadcast(this.#event).catch((error: unknown) => {
      this.#broker.logger.debug({ err: error }, "the doorbell could not be rung");
    });
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      if (!this.#rungMeanwhile) return;
      this.#rungMeanwhile = false;
      this.ring();
    }, QUIET_MS).unref();
  }
}
