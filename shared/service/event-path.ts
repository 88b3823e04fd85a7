import { eventContract, type Producer } from "../contracts";
import type { Position } from "../contracts/contract";
import { countDeadLetter, countEvents, setFeedLag } from "./metrics";
import type { ServiceEnv } from "./service-env";
import { Worker } from "./worker";
import { broadcastOwnEvents, hasListeners } from "../events/broadcast";
import { FeedReader, type Consumer } from "../events/consumer";
import { readFeed, type FeedPage } from "../events/feed";
import { dropOldEvents } from "../events/retention";

/** How often a consumer looks by itself, for when the doorbell was not heard. */
const LOOK_MS = 3_000;
const RETENTION_LOOK_MS = 3_600_000;

interface EventPathOptions<Env> {
  env: Env;
  consumers: Consumer<Env>[];
  /** called after each page that took effect, when there may be new ones to send and rows to work on */
  afterPage: () => void;
}

/** A service's side of the event path: it reads others' feeds, offers its own, and broadcasts it. */
export class EventPath<Env extends ServiceEnv<never>> {
  readonly #env: Env;
  readonly #readers = new Map<Producer, { reader: FeedReader<Env>; worker: Worker }>();
  readonly #broadcast: Worker;
  readonly #retention: Worker;

  constructor({ env, consumers, afterPage }: EventPathOptions<Env>) {
    this.#env = env;
    for (const producer of new Set(consumers.map(EventPath.producerOf))) {
      const reader = new FeedReader({
        producer,
        consumers: consumers.filter((consumer) => EventPath.producerOf(consumer) === producer),
        env,
        db: env.db,
        log: env.log,
        fetchPage: (after, types, limit) => this.#fetch(producer, after, types, limit),
        inTurn: (work) => env.background.turn(work),
        onConsumed: (count) => {
          countEvents(env.broker, env.service, producer, count);
          afterPage();
        },
        onLag: (behind) => setFeedLag(env.broker, env.service, producer, behind),
        onDeadLetter: (event) => countDeadLetter(env.broker, env.service, producer, event.type),
      });
      const worker = new Worker({
        name: `${env.service}: reading ${producer}'s feed`,
        step: async () => {
          if (!env.broker.registry.actions.isAvailable(`${producer}.events`)) return 0;
          await reader.readToHead();
          return 0;
        },
        interval_ms: LOOK_MS,
        log: env.log,
      });
      this.#readers.set(producer, { reader, worker });
    }
    this.#broadcast = new Worker({
      name: `${env.service}: broadcasting its events`,
      step: () => broadcastOwnEvents(env),
      interval_ms: LOOK_MS,
      log: env.log,
    });
    this.#retention = new Worker({
      name: `${env.service}: dropping old events`,
      step: () => dropOldEvents(env.db),
      interval_ms: RETENTION_LOOK_MS,
      log: env.log,
    });
  }

  /** Whose events a consumer wants. */
  static producerOf(this: void, consumer: { event: Consumer<never>["event"] }): Producer {
    return eventContract(consumer.event).producer;
  }

  start(): void {
    for (const { worker } of this.#readers.values()) worker.start();
    this.#broadcast.start();
    this.#retention.start();
  }

  async stop(): Promise<void> {
    const readers = [...this.#readers.values()].map(({ worker }) => worker.stop());
    await Promise.all([...readers, this.#broadcast.stop(), this.#retention.stop()]);
  }

  wake(producer: Producer): void {
    this.#readers.get(producer)?.worker.wake();
  }

  /** Looks at all feeds: a service has come or gone. */
  wakeAll(): void {
    for (const { worker } of this.#readers.values()) worker.wake();
  }

  /** Broadcasts what is new, if there is anybody to hear it. */
  wakeBroadcast(): void {
    if (hasListeners(this.#env)) this.#broadcast.wake();
  }

  /**
   * Consumes all that the producer had committed when this was called; 0 for a producer whose events are of
   * no interest here.
   */
  async catchUp(producer: Producer, within_ms?: number): Promise<number> {
    return (await this.#readers.get(producer)?.reader.catchUp(within_ms)) ?? 0;
  }

  /** The same for several producers at once; all, where none are named. */
  async catchUpAll(
    producers: readonly string[] = [...this.#readers.keys()],
    within_ms?: number,
  ): Promise<number> {
    const counts = await Promise.all(
      producers.map((producer) => this.catchUp(producer as Producer, within_ms)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  readOwnFeed({
    after,
    types,
    limit,
  }: {
    after: Position;
    types?: string[] | undefined;
    limit: number;
  }): Promise<FeedPage> {
    return this.#env.background.turn(() => readFeed(this.#env.db, after, types, limit));
  }

  /** How far behind each producer's feed this service is, in events, about. */
  async feedStatus(): Promise<{ producer: Producer; behind: number }[]> {
    const readers = [...this.#readers.values()].map(({ reader }) => reader);
    return Promise.all(
      readers.map(async (reader) => ({ producer: reader.producer, behind: await reader.behind() })),
    );
  }

  /** The first event of each feed that waits to be consumed here. */
  async firstUnread(): Promise<{ producer: Producer; id: string; occurred_at: string }[]> {
    const readers = [...this.#readers.values()].map(({ reader }) => reader);
    const found = readers.map(async (reader) => {
      const event = await reader.firstUnread();
      return event === undefined
        ? []
        : [{ producer: reader.producer, id: event.id, occurred_at: event.occurred_at }];
    });
    return (await Promise.all(found)).flat();
  }

  async listDeadLetters() {
    const { rows } = await this.#env.db.raw<{ rows: DeadLetterRow[] }>(
      `SELECT id, producer, type, subject_id, payload, error, attempts, failed_at
       FROM dead_letters ORDER BY failed_at LIMIT 200`,
    );
    return rows;
  }

  async replayDeadLetter(id: string): Promise<boolean> {
    for (const { reader } of this.#readers.values()) {
      if (await reader.replay(id)) return true;
    }
    return false;
  }

  #fetch(producer: Producer, after: Position, types: string[], limit: number): Promise<FeedPage> {
    return this.#env.asSystem(`${producer}.events`, { after, types, limit });
  }
}

interface DeadLetterRow {
  id: string;
  producer: string;
  type: string;
  subject_id: string;
  payload: unknown;
  error: string;
  attempts: number;
  failed_at: string;
}
