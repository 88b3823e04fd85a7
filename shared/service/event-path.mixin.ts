import type { Context } from "moleculer";
import type { z } from "zod";
import type { Producer } from "../contracts";
import { kitActions } from "../contracts/contract";
import { broadcastOwnEvents, hasListeners } from "../events/broadcast";
import { producerOf, type Consumer } from "../events/consumer";
import { listDeadLetters } from "../events/dead-letters";
import { Doorbell } from "../events/doorbell";
import { readFeed } from "../events/feed";
import { FeedReader } from "../events/feed-reader";
import { dropOldEvents } from "../events/retention";
import { auditService } from "./audit/audit-service";
import type { AuditCheck } from "./audit/checks";
import type { BillingSchema, BillingService, Feed } from "./billing-service";
import { environment, type EnvironmentOptions } from "./environment.mixin";
import { countDeadLetter, countEvents, setFeedLag } from "./metrics";
import type { ServiceEnv } from "./service-env";
import { actionSchema } from "./action-schema";
import { Worker, type WorkerOptions } from "./worker";

/** How often a reader looks by itself, for a ring of the doorbell that was lost. */
const LOOK_MS = 3_000;
const RETENTION_LOOK_MS = 3_600_000;

/** What a service does by itself. */
export interface EventPathOptions<Tools> extends EnvironmentOptions<Tools> {
  /** what it does about other services' events */
  consumers?: Consumer<ServiceEnv<Tools>>[];
  /** what it does besides answering calls; the doorbell wakes them after each commit */
  workers?: (env: ServiceEnv<Tools>) => Omit<WorkerOptions, "log">[];
  /** the rules that its own schema must keep, for audits */
  audit?: AuditCheck[];
}

/** The kit's own actions, as the contract has them. */
type KitActions<Tools> = {
  [Action in keyof typeof kitActions]: (
    this: BillingService<Tools>,
    ctx: Context<z.output<(typeof kitActions)[Action]["params"]>>,
  ) => Promise<z.output<(typeof kitActions)[Action]["result"]>>;
};

/**
 * A service's side of the event path: it offers its own outbox as a feed and broadcasts it, reads the feeds of
 * the services whose events it consumes, and runs its workers.
 */
export function eventPath<Tools>(
  name: Producer,
  options: EventPathOptions<Tools>,
): Partial<BillingSchema<Tools>> {
  const { consumers = [], workers = () => [], audit = [] } = options;
  const producers = [...new Set(consumers.map(producerOf))];
  const actions: KitActions<Tools> = {
    events({ params: { after, types, limit } }) {
      return this.env.background.run(() => readFeed(this.env.db, after, types, limit));
    },
    async catchUp({ params }) {
      const feed = feedsOf(this).find(({ reader }) => reader.producer === params.producer);
      return { consumed: (await feed?.reader.catchUp()) ?? 0 };
    },
    async drain({ params }) {
      const counts = await Promise.all(feedsOf(this, params.producers).map(({ reader }) => reader.catchUp()));
      for (const worker of this.workers) counts.push(await worker.drain());
      return { done: counts.reduce((sum, count) => sum + count, 0) };
    },
    feedStatus() {
      const feeds = feedsOf(this).map(async ({ reader }) => ({
        producer: reader.producer,
        behind: await reader.behind(),
      }));
      return Promise.all(feeds);
    },
    listDeadLetters() {
      return listDeadLetters(this.env.db);
    },
    async replayDeadLetter({ params }) {
      for (const { reader } of feedsOf(this)) if (await reader.replay(params.id)) return { replayed: true };
      return { replayed: false };
    },
    audit() {
      return auditService(this, audit);
    },
  };
  return {
    mixins: [environment(name, options)],
    actions: Object.fromEntries(
      Object.entries(kitActions).map(([action, contract]) => [
        action,
        actionSchema(contract, actions[action as keyof typeof kitActions]),
      ]),
    ),
    events: {
      "$services.changed"() {
        for (const { worker } of feedsOf(this)) worker.wake();
      },
      ...Object.fromEntries(
        producers.map((producer) => [
          Doorbell.eventOf(producer),
          function (this: BillingService<Tools>) {
            this.feeds.get(producer)?.worker.wake();
          },
        ]),
      ),
    },
    async started() {
      const { env, doorbell } = this;
      for (const producer of producers) this.feeds.set(producer, feedOf(producer, consumers, env, doorbell));
      if (env.broker.runtime.observes) return;
      const run = (options: Omit<WorkerOptions, "log">) => new Worker({ ...options, log: env.log });
      const broadcast = run({
        name: `${name}: broadcasting its events`,
        step: () => broadcastOwnEvents(env),
        interval_ms: LOOK_MS,
      });
      const retention = run({
        name: `${name}: dropping old events`,
        step: () => dropOldEvents(env.db),
        interval_ms: RETENTION_LOOK_MS,
      });
      this.workers = workers(env).map(run);
      this.housekeeping = [broadcast, retention];
      doorbell.onRing(() => {
        if (hasListeners(env)) broadcast.wake();
        for (const worker of this.workers) worker.wake();
      });
      for (const worker of workersOf(this)) worker.start();
    },
    async stopped() {
      await Promise.all(workersOf(this).map((worker) => worker.stop()));
    },
  };
}

function feedOf<Tools>(
  producer: Producer,
  consumers: Consumer<ServiceEnv<Tools>>[],
  env: ServiceEnv<Tools>,
  doorbell: Doorbell,
): Feed<Tools> {
  const { service, broker, db, log, background } = env;
  const reader = new FeedReader({
    producer,
    consumers: consumers.filter((consumer) => producerOf(consumer) === producer),
    env,
    db,
    log,
    call: env.asSystem,
    limit: (work) => background.run(work),
    onConsumed: (count) => {
      countEvents(broker, service, producer, count);
      doorbell.ring();
    },
    onLag: (behind) => setFeedLag(broker, service, producer, behind),
    onDeadLetter: ({ type }) => countDeadLetter(broker, service, producer, type),
  });
  const worker = new Worker({
    name: `${service}: reading ${producer}'s feed`,
    step: async () => {
      if (broker.registry.actions.isAvailable(`${producer}.events`)) await reader.readToHead();
      return 0;
    },
    interval_ms: LOOK_MS,
    log,
  });
  return { reader, worker };
}

/** The feeds of the given producers; of all, where none are given. */
function feedsOf<Tools>({ feeds }: BillingService<Tools>, producers?: readonly string[]): Feed<Tools>[] {
  return [...feeds.values()].filter(({ reader }) => producers?.includes(reader.producer) ?? true);
}

function workersOf<Tools>({ feeds, workers, housekeeping }: BillingService<Tools>): Worker[] {
  return [...[...feeds.values()].map(({ worker }) => worker), ...workers, ...housekeeping];
}
