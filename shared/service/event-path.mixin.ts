import type { Producer } from "../contracts";
import { broadcastOwnEvents, hasListeners } from "../events/broadcast";
import { producerOf, type Consumer } from "../events/consumer";
import { Doorbell } from "../events/doorbell";
import type { DerivedPayloads } from "../events/feed";
import { FeedReader, LostPlaceError } from "../events/feed-reader";
import { dropOldEvents } from "../events/retention";
import type { AuditCheck } from "./audit/checks";
import type { BillingSchema, BillingService, Feed } from "./billing-service";
import { dropOldRecords } from "./idempotency/records";
import { environment, type EnvironmentOptions } from "./environment.mixin";
import { kitActionSchemas } from "./kit-actions";
import { countDeadLetters, countEvents, setFeedLag } from "./metrics";
import type { ServiceEnv } from "./service-env";
import { Worker, type WorkerOptions } from "./worker";

/** How often a reader polls, in case a ring of the doorbell was lost. */
const POLL_MS = 3_000;
const RETENTION_EVERY_MS = 3_600_000;

/** What a service does by itself. */
export interface EventPathOptions<Tools> extends EnvironmentOptions<Tools> {
  /** what it does about other services' events */
  consumers?: Consumer<ServiceEnv<Tools>>[];
  /** what it does besides answering calls; the doorbell wakes them after each commit */
  workers?: (env: ServiceEnv<Tools>) => Omit<WorkerOptions, "log">[];
  /** the payloads that its own events are stored without */
  derivedPayloads?: DerivedPayloads;
  /** the rules that its own schema must keep, for audits */
  audit?: AuditCheck[];
}

/**
 * A service's side of the event path: it offers its own outbox as a feed and broadcasts it, reads the feeds
 * of the services whose events it consumes, and runs its workers.
 */
export function eventPath<Tools>(
  name: Producer,
  options: EventPathOptions<Tools>,
): Partial<BillingSchema<Tools>> {
  const { consumers = [], workers = () => [], audit = [], derivedPayloads = {} } = options;
  const producers = [...new Set(consumers.map(producerOf))];
  return {
    mixins: [environment(name, options)],
    actions: kitActionSchemas(audit, derivedPayloads),
    events: {
      // A service has come or gone.
      "$services.changed"() {
        for (const { worker } of this.feeds.values()) worker.wake();
      },
      ...Object.fromEntries(
        producers.map((producer) => [Doorbell.eventOf(producer), wakesReaderOf(producer)]),
      ),
    },
    async started() {
      const { env, doorbell } = this;
      for (const producer of producers) this.feeds.set(producer, feedOf(producer, consumers, env, doorbell));
      if (env.broker.runtime.observes) return;
      this.workers = workers(env).map((worker) => new Worker({ ...worker, log: env.log }));
      this.broadcast = broadcastOf(env, derivedPayloads);
      this.retention = retentionOf(env);
      doorbell.onRing(() => {
        if (hasListeners(env)) this.broadcast?.wake();
        for (const worker of this.workers) worker.wake();
      });
      for (const worker of allWorkers(this)) worker.start();
    },
    async stopped() {
      await Promise.all(allWorkers(this).map((worker) => worker.stop()));
    },
  };
}

function wakesReaderOf(producer: Producer) {
  return function <Tools>(this: BillingService<Tools>): void {
    this.feeds.get(producer)?.worker.wake();
  };
}

function feedOf<Tools>(
  producer: Producer,
  consumers: Consumer<ServiceEnv<Tools>>[],
  env: ServiceEnv<Tools>,
  doorbell: Doorbell,
): Feed<Tools> {
  const { service, broker, db, log, background } = env;
  const own = consumers.filter((consumer) => producerOf(consumer) === producer);
  countEvents(broker, service, producer, 0);
  for (const { event } of own) countDeadLetters(broker, service, producer, event, 0);
  const reader = new FeedReader({
    producer,
    consumers: own,
    env,
    db,
    log,
    call: env.call,
    limit: (work) => background.run(work),
    onConsumed: (count) => {
      countEvents(broker, service, producer, count);
      doorbell.ring();
    },
    onLag: (behind) => setFeedLag(broker, service, producer, behind),
    onDeadLetter: ({ type }) => countDeadLetters(broker, service, producer, type, 1),
  });
  const worker = new Worker({
    name: `${service}: reading ${producer}'s feed`,
    step: async ({ stopping }) => {
      if (broker.registry.actions.isAvailable(`${producer}.events`))
        await reader.readToHead(stopping).catch(unlessLost);
      return 0;
    },
    interval_ms: POLL_MS,
    log,
  });
  return { reader, worker };
}

/** The reader has logged it, and an operator has to decide. */
function unlessLost(error: unknown): void {
  if (!(error instanceof LostPlaceError)) throw error;
}

function broadcastOf<Tools>(env: ServiceEnv<Tools>, derived: DerivedPayloads): Worker {
  const name = `${env.service}: broadcasting its events`;
  return new Worker({
    name,
    step: () => broadcastOwnEvents(env, derived),
    interval_ms: POLL_MS,
    log: env.log,
  });
}

function retentionOf<Tools>({ service, db, log }: ServiceEnv<Tools>): Worker {
  const name = `${service}: dropping old events and idempotency records`;
  const step = async () => (await dropOldEvents(db)) + (await dropOldRecords(db));
  return new Worker({ name, step, interval_ms: RETENTION_EVERY_MS, log });
}

function allWorkers<Tools>({ feeds, workers, broadcast, retention }: BillingService<Tools>): Worker[] {
  const readers = [...feeds.values()].map(({ worker }) => worker);
  return [...readers, ...workers, broadcast, retention].filter((worker) => worker !== undefined);
}
