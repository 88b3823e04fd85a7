import type { ServiceBroker } from "moleculer";
import type { Producer } from "../contracts";
import { openDatabase } from "../db/open-database";
import { serviceUrl } from "../db/service-url";
import { inTransaction } from "../db/transaction";
import { Doorbell } from "../events/doorbell";
import { EventPath } from "./event-path";
import { remoteClock, systemClock } from "../time";
import { callAs } from "./call";
import { SYSTEM } from "./caller";
import type { ServiceDefinition } from "./service-definition";
import { runtimeOf } from "./runtime";
import type { ServiceEnv } from "./service-env";
import { Worker } from "./worker";

/** What of a service runs on one broker. */
export interface Running {
  env: ServiceEnv<never>;
  eventPath: EventPath<ServiceEnv<never>>;
  workers: Worker[];
  stopTools: (() => Promise<void>) | undefined;
}

/** Opens what a service works with, then starts its loops. */
export async function startService(
  broker: ServiceBroker,
  name: Producer,
  definition: ServiceDefinition<Producer, never>,
): Promise<Running> {
  const { config, databaseUrl, observes, background } = runtimeOf(broker);
  const log = broker.getLogger(name);
  const db = openDatabase({ url: serviceUrl(databaseUrl, name), schema: name });
  const workers: Worker[] = [];
  const doorbell = new Doorbell(broker, name);
  const asSystem = callAs(broker, SYSTEM);
  const announce = () => {
    doorbell.ring();
    eventPath.wakeBroadcast();
    for (const worker of workers) worker.wake();
  };
  const partial = {
    service: name,
    broker,
    config,
    db,
    log,
    asSystem,
    background,
    transaction: async <T>(work: Parameters<typeof inTransaction<T>>[1]) => {
      const result = await inTransaction(db, work);
      announce();
      return result;
    },
    catchUp: (producer: Producer, within_ms?: number) => eventPath.catchUp(producer, within_ms),
  };
  const clock =
    definition.clock?.(partial) ??
    (config.testClock
      ? remoteClock(async () => (await asSystem("cron.getClock", {})).now, config.billingTimezone)
      : systemClock(config.billingTimezone));
  const made = observes ? undefined : await definition.setUp?.({ ...partial, clock });
  const env = { ...partial, clock, tools: made?.tools as never };
  const eventPath: EventPath<ServiceEnv<never>> = new EventPath({
    env,
    consumers: definition.consumers ?? [],
    afterPage: announce,
  });
  if (observes) return { env, eventPath, workers, stopTools: undefined };
  for (const options of definition.workers?.(env) ?? []) workers.push(new Worker({ ...options, log }));
  eventPath.start();
  for (const worker of workers) worker.start();
  return { env, eventPath, workers, stopTools: made?.stop };
}

/** Ends a service's loops after what they have at hand, then closes what it worked with. */
export async function stopService({ env, eventPath, workers, stopTools }: Running): Promise<void> {
  await Promise.all([eventPath.stop(), ...workers.map((worker) => worker.stop())]);
  await stopTools?.();
  await env.db.destroy();
}
