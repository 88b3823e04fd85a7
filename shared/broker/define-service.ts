import type { CallingOptions, Context, ServiceBroker, ServiceSchema } from "moleculer";
import { contracts, type ActionName, type Producer } from "../contracts";
import type { ActionContract } from "../contracts/contract";
import { openDatabase } from "../db/open-database";
import { serviceUrl } from "../db/prepare-databases";
import { inTransaction, isUnreachable } from "../db/transaction";
import type { Consumer } from "../events/consumer";
import { Doorbell } from "../events/doorbell";
import { EventPath } from "../events/event-path";
import { remoteClock, systemClock, type Clock } from "../time";
import { ANONYMOUS, requireAccess, SYSTEM, type Caller } from "./caller";
import { BillingError, fromZodError, unavailable } from "./errors";
import { recordAction } from "./metrics";
import { runtimeOf } from "./runtime";
import type { ActionHandler, Call, ServiceEnv } from "./service-env";
import { Worker, type WorkerOptions } from "./worker";

type OwnActions<Service extends Producer> = Exclude<
  keyof (typeof contracts)[Service]["actions"] & string,
  "events" | "catchUp" | "settle" | "listDeadLetters" | "replayDeadLetter"
>;

/** What makes a service out of its contract. */
export interface ServiceDefinition<Service extends Producer, Tools> {
  /** one handler for each action of the contract */
  actions: { [Action in OwnActions<Service>]: ActionHandler<`${Service}.${Action}` & ActionName, Tools> };
  /** what it does about other services' events */
  consumers?: Consumer<ServiceEnv<Tools>>[];
  /** what it does beside answering; they are woken after each commit */
  workers?: (env: ServiceEnv<Tools>) => Omit<WorkerOptions, "log">[];
  /** makes what the service's code needs beside the database; runs at start, before anything else */
  setUp?: (env: Omit<ServiceEnv, "tools">) => Promise<{ tools: Tools; stop?: () => Promise<void> }>;
  /** runs when all is ready, before the first call */
  started?: (env: ServiceEnv<Tools>) => Promise<void>;
  /** further Moleculer mixins, like moleculer-cron */
  mixin?: Partial<ServiceSchema>;
  /** business time, where it is not that of the platform */
  clock?: (env: Omit<ServiceEnv, "tools" | "clock">) => Clock;
}

interface Running {
  env: ServiceEnv<never>;
  eventPath: EventPath<ServiceEnv<never>>;
  workers: Worker[];
  stopTools: (() => Promise<void>) | undefined;
}

/**
 * Builds the Moleculer schema of a service: params checked against the contract, access checked against the caller, the event
 * path's actions and loops, the database connection, and an orderly end.
 */
export function defineService<Service extends Producer, Tools = unknown>(
  name: Service,
  definition: ServiceDefinition<Service, Tools>,
): ServiceSchema {
  const running = new WeakMap<ServiceBroker, Running>();
  const runningOn = (broker: ServiceBroker): Running => {
    const found = running.get(broker);
    if (found === undefined) throw unavailable(name);
    return found;
  };
  const handlers = { ...definition.actions, ...eventPathHandlers(runningOn) } as unknown as Record<string, ActionHandler<never>>;
  const producers = new Set((definition.consumers ?? []).map((consumer) => EventPath.producerOf(consumer)));

  const schema: ServiceSchema = {
    name,
    actions: Object.fromEntries(
      Object.entries<ActionContract>(contracts[name].actions).map(([action, { timeout_ms }]) => [
        action,
        {
          handler: (ctx: Context) => act(ctx, name, action, handlers, () => runningOn(ctx.broker).env),
          ...(timeout_ms === undefined ? {} : { timeout: timeout_ms }),
        },
      ]),
    ),
    events: {
      "$services.changed": { handler: (ctx: Context) => running.get(ctx.broker)?.eventPath.wakeAll() },
      ...Object.fromEntries(
        [...producers].map((producer) => [
          Doorbell.eventOf(producer),
          { handler: (ctx: Context) => running.get(ctx.broker)?.eventPath.wake(producer) },
        ]),
      ),
    },
    async started() {
      running.set(this.broker, await start(this.broker, name, definition as unknown as ServiceDefinition<Producer, never>));
      const { env } = runningOn(this.broker);
      await definition.started?.(env);
    },
    async stopped() {
      const service = running.get(this.broker);
      running.delete(this.broker);
      if (service !== undefined) await stop(service);
    },
  };
  return definition.mixin === undefined ? schema : { ...schema, mixins: [definition.mixin] };
}

async function start(
  broker: ServiceBroker,
  name: Producer,
  definition: ServiceDefinition<Producer, never>,
): Promise<Running> {
  const { config, databaseUrl } = runtimeOf(broker);
  const log = broker.getLogger(name);
  const db = openDatabase({ url: serviceUrl(databaseUrl, name), schema: name });
  const workers: Worker[] = [];
  const doorbell = new Doorbell(broker, name);
  const asSystem = callAs(broker, SYSTEM);
  const partial = {
    service: name,
    broker,
    config,
    db,
    log,
    asSystem,
    transaction: async <T>(work: Parameters<typeof inTransaction<T>>[1]) => {
      const result = await inTransaction(db, work);
      doorbell.ring();
      eventPath.wakeBroadcast();
      for (const worker of workers) worker.wake();
      return result;
    },
    catchUp: (producer: Producer) => eventPath.catchUp(producer),
  };
  const clock =
    definition.clock?.(partial) ??
    (config.testClock
      ? remoteClock(async () => (await asSystem("cron.getClock", {})).now, config.billingTimezone)
      : systemClock(config.billingTimezone));
  const made = await definition.setUp?.({ ...partial, clock });
  const env = { ...partial, clock, tools: made?.tools as never };
  const eventPath: EventPath<ServiceEnv<never>> = new EventPath({
    env,
    consumers: definition.consumers ?? [],
    afterPage: () => {
      doorbell.ring();
      for (const worker of workers) worker.wake();
    },
  });
  for (const options of definition.workers?.(env) ?? []) workers.push(new Worker({ ...options, log }));
  eventPath.start();
  for (const worker of workers) worker.start();
  return { env, eventPath, workers, stopTools: made?.stop };
}

async function stop({ env, eventPath, workers, stopTools }: Running): Promise<void> {
  await Promise.all([eventPath.stop(), ...workers.map((worker) => worker.stop())]);
  await stopTools?.();
  await env.db.destroy();
}

function eventPathHandlers(runningOn: (broker: ServiceBroker) => Running) {
  const eventPath = (env: { broker: ServiceBroker }) => runningOn(env.broker).eventPath;
  const events: ActionHandler<"identity.events"> = (env) => eventPath(env).readOwnFeed(env.params);
  const catchUp: ActionHandler<"identity.catchUp"> = async (env) => ({
    consumed: await eventPath(env).catchUp(env.params.producer as Producer),
  });
  const settle: ActionHandler<"identity.settle"> = async (env) => {
    const { workers } = runningOn(env.broker);
    let done = await eventPath(env).readAllToHead();
    for (const worker of workers) done += await worker.drain();
    return { done };
  };
  const listDeadLetters: ActionHandler<"identity.listDeadLetters"> = (env) => eventPath(env).listDeadLetters();
  const replayDeadLetter: ActionHandler<"identity.replayDeadLetter"> = async (env) => ({
    replayed: await eventPath(env).replayDeadLetter(env.params.id),
  });
  return { events, catchUp, settle, listDeadLetters, replayDeadLetter };
}

/**
 * A typed `call` on behalf of one caller.
 * @param options `parentCtx` for a call within another, which keeps its request id but never its caller; `requestID` for the
 *   first call of a request; `timeout` in ms where the platform's own is not right
 */
export function callAs(
  broker: ServiceBroker,
  caller: Caller,
  options: Pick<CallingOptions, "parentCtx" | "requestID" | "timeout"> = {},
): Call {
  return (name, params) => broker.call(name, params, { ...options, meta: { caller } });
}

async function act(
  ctx: Context,
  service: Producer,
  action: string,
  handlers: Record<string, ActionHandler<never>>,
  envOf: () => ServiceEnv<never>,
): Promise<unknown> {
  const contract = contracts[service].actions[action as keyof (typeof contracts)[Producer]["actions"]];
  const handler = handlers[action];
  if (handler === undefined) throw new Error(`${service}.${action} has no handler`);
  const caller = (ctx.meta as { caller?: Caller }).caller ?? ANONYMOUS;
  const requestId = ctx.requestID ?? ctx.id;
  const env = envOf();
  const began = process.hrtime.bigint();
  try {
    requireAccess(caller, contract.access);
    const parsed = contract.params.safeParse(ctx.params);
    if (!parsed.success) throw fromZodError(parsed.error);
    const call = callAs(ctx.broker, caller, { parentCtx: ctx });
    const asSystem = callAs(ctx.broker, SYSTEM, { parentCtx: ctx });
    return await handler({ ...env, params: parsed.data as never, caller, requestId, call, asSystem });
  } catch (error) {
    const known = isUnreachable(error) ? unavailable("database") : error;
    if (!(known instanceof BillingError) || known.code >= 500) {
      env.log.error({ err: error, request_id: requestId, action: `${service}.${action}` }, "action failed");
    }
    throw known;
  } finally {
    recordAction(ctx.broker, `${service}.${action}`, began);
  }
}
