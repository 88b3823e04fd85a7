import { setTimeout as delay } from "node:timers/promises";
import type { ServiceEnv } from "../../shared/service/service-env";
import { contracts, type Producer } from "../../shared/contracts";
import type { Position } from "../../shared/contracts/contract";
import { Doorbell } from "../../shared/events/doorbell";

const START: Position = { xid: "0", seq: 0 };
const HELD_BACK_PAUSE_MS = 5;

/**
 * Lets the system come to rest: whoever listens to a service that has said something new consumes it and
 * finishes its work, and so on, until nobody says anything new.
 *
 * Asking every service in rounds until all of them are idle would do as well, at several times the cost:
 * after most slots of a quiet month only the few that listen to the timetable have anything to look at. And
 * it is what was said that counts, not who reports to have been busy: consumers also look by themselves, so
 * an idle report may mean that the work was done a moment ago.
 */
export class SystemDrain {
  readonly #env: ServiceEnv;
  readonly #heard = new Map<Producer, string>();

  constructor(env: ServiceEnv) {
    this.#env = env;
  }

  /** Lets everybody finish what there is, whatever has been said before. */
  async drainAll(): Promise<void> {
    await this.#drain(this.#available());
    await this.drainAfter(...this.#available());
  }

  /** Lets what some services may have said since the last time take effect, and the news of that. */
  async drainAfter(...suspects: Producer[]): Promise<void> {
    let speakers = suspects;
    while (speakers.length > 0) {
      const loud = await this.#thoseWithNews(speakers);
      speakers = this.#available().filter((name) =>
        loud.some((producer) => this.#listenersOf(producer).includes(name)),
      );
      await this.#drain(speakers, loud);
    }
  }

  async #drain(names: Producer[], producers?: Producer[]): Promise<void> {
    const params = producers === undefined ? {} : { producers };
    await Promise.all(names.map((name) => this.#env.asSystem(`${name}.drain`, params)));
  }

  async #thoseWithNews(speakers: Producer[]): Promise<Producer[]> {
    const producers = speakers.filter((name) => this.#listenersOf(name).length > 0);
    const heads = await Promise.all(producers.map((name) => this.#headOf(name)));
    return producers.filter((name, index) => {
      const news = heads[index] !== this.#heard.get(name);
      this.#heard.set(name, heads[index] ?? "");
      return news;
    });
  }

  /**
   * The end of a service's feed, read when no transaction is under way that could still slip something in
   * before it.
   */
  async #headOf(name: Producer): Promise<string> {
    for (;;) {
      const { head, horizon } = await this.#env.asSystem(`${name}.events`, {
        after: START,
        types: ["-"],
        limit: 1,
      });
      if (BigInt(horizon) > BigInt(head.xid)) return `${head.xid} ${head.seq}`;
      await delay(HELD_BACK_PAUSE_MS);
    }
  }

  #available(): Producer[] {
    const { actions } = this.#env.broker.registry;
    return (Object.keys(contracts) as Producer[]).filter((name) => actions.isAvailable(`${name}.drain`));
  }

  /** The services that hear a producer's doorbell are those that read its feed. */
  #listenersOf(producer: Producer): string[] {
    return this.#env.broker.registry.events.getGroups(Doorbell.eventOf(producer));
  }
}
