import { setTimeout as delay } from "node:timers/promises";
import type { ServiceEnv } from "../../shared/service/service-env";
import { PRODUCERS, type Producer } from "../../shared/contracts";
import { Doorbell } from "../../shared/events/doorbell";

const HELD_BACK_PAUSE_MS = 5;

/**
 * Drains the whole system: the consumers of every service with new events consume them and finish their work,
 * and so on, until no service has new events.
 *
 * What counts are new events, not whether a service reports work: its consumers also poll, so the work may
 * have been done a moment before the question.
 *
 * tried: drain all services in rounds until all are idle: several times the cost, because most slots of a
 * month concern only the few services that consume the timetable.
 */
export class SystemDrain {
  readonly #env: ServiceEnv;
  /** where each feed ended when it was last read */
  readonly #heads = new Map<Producer, string>();

  constructor(env: ServiceEnv) {
    this.#env = env;
  }

  /** Drains every service, whether or not there are new events. */
  async drainAll(): Promise<void> {
    await this.#drain(this.#available());
    await this.drainAfter(...this.#available());
  }

  /** Drains what follows from the new events of these services. */
  async drainAfter(...services: Producer[]): Promise<void> {
    let toCheck = services;
    while (toCheck.length > 0) {
      const producers = await this.#withNewEvents(toCheck);
      const consumers = this.#available().filter((name) =>
        producers.some((producer) => this.#consumersOf(producer).includes(name)),
      );
      await this.#drain(consumers, producers);
      toCheck = consumers;
    }
  }

  async #drain(names: Producer[], producers?: Producer[]): Promise<void> {
    const params = producers === undefined ? {} : { producers };
    await Promise.all(names.map((name) => this.#env.call(`${name}.drain`, params)));
  }

  async #withNewEvents(services: Producer[]): Promise<Producer[]> {
    const producers = services.filter((name) => this.#consumersOf(name).length > 0);
    const heads = await Promise.all(producers.map((name) => this.#headOf(name)));
    return producers.filter((name, index) => {
      const isNew = heads[index] !== this.#heads.get(name);
      this.#heads.set(name, heads[index] ?? "");
      return isNew;
    });
  }

  /** The end of a service's feed, once no open transaction can still write an event before it. */
  async #headOf(name: Producer): Promise<string> {
    for (;;) {
      const { head, horizon } = await this.#env.call(`${name}.feedHead`, {});
      if (BigInt(horizon) > BigInt(head.xid)) return `${head.xid} ${head.seq}`;
      await delay(HELD_BACK_PAUSE_MS);
    }
  }

  #available(): Producer[] {
    const { actions } = this.#env.broker.registry;
    return PRODUCERS.filter((name) => actions.isAvailable(`${name}.drain`));
  }

  /** The services that listen to a producer's doorbell: they consume its feed. */
  #consumersOf(producer: Producer): string[] {
    return this.#env.broker.registry.events.getGroups(Doorbell.eventOf(producer));
  }
}
