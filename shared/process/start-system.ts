import { once } from "node:events";
import { createServer } from "node:net";
import type { BrokerOptions } from "moleculer";
import type { Logger } from "pino";
import type { Config } from "../config/config";
import { OperationsServer } from "./operations/server";
import { banner } from "./banner";
import { listenForConsoles } from "./console-socket/server";
import { createBroker, loadServices } from "./create-broker";
import { findDatabases } from "./find-databases";
import { NATS_LOST } from "./nats/transporter";
import { busName } from "../service/bus-name";
import type { BillingBroker } from "../service/broker";
import type { Shutdown } from "./shutdown";
import { errorCode } from "../db/transaction";
import { waitForNats } from "./nats/wait-for-nats";

/** Requests in flight get most of the time for a stop; Postgres, which comes last, needs little. */
const BROKER_WITHIN_MS = 7_000;
const OPERATIONS_WITHIN_MS = 1_000;

/**
 * Starts Postgres where it is embedded, then the services that the configuration names. What is opened is
 * registered with `shutdown` at once, so that a start can stop anywhere.
 * @param overrides Moleculer options for this broker alone
 * @returns the started broker
 * @throws the reason why it could not start
 */
export async function startSystem(
  config: Config,
  shutdown: Shutdown,
  log: Logger,
  overrides: BrokerOptions = {},
): Promise<BillingBroker> {
  await requireFreePort(config);
  const operations = new OperationsServer();
  await listen(operations, config, log);
  shutdown.onEnd("metrics", OPERATIONS_WITHIN_MS, () => operations.close());

  operations.waitingFor = "postgres";
  const loading = loadServices(config.services);
  // An error of Postgres comes first; this one is told below.
  loading.catch(() => undefined);
  const databaseUrls = await findDatabases(config, shutdown, log);
  await loading;
  if (config.natsUrl !== undefined) {
    operations.waitingFor = "nats";
    const bus = { ...config, natsUrl: config.natsUrl };
    await waitForNats(bus, busName(config.services), (line) => log.warn(line), shutdown.signal);
  }
  shutdown.signal.throwIfAborted();

  const consoles = config.oneProcess ? await listenForConsoles(config.dataDir, log) : undefined;
  const broker = createBroker(config, databaseUrls, {
    ...(consoles === undefined ? {} : { transporter: consoles }),
    ...overrides,
  });
  shutdown.onEnd("services", BROKER_WITHIN_MS, () => stopBroker(broker));
  broker.localBus.once(NATS_LOST, (reason: Error) => {
    log.fatal(reason.message);
    void shutdown.end(1);
  });
  operations.broker = broker;
  await broker.start().catch((error: unknown) => {
    // What is shown once must not be lost with a start that fails.
    for (const line of broker.runtime.announcements) process.stdout.write(`${line}\n`);
    throw error;
  });
  shutdown.signal.throwIfAborted();
  if (config.services.includes("gateway")) {
    process.stdout.write(banner(config, operations.port, broker.runtime.announcements));
  }
  return broker;
}

/** Finds a taken port before anything is made or announced. Port 0 is any free one. */
async function requireFreePort({ services, port, host }: Config): Promise<void> {
  if (!services.includes("gateway") || port === 0) return;
  const probe = createServer().listen({ port, host, exclusive: true });
  await once(probe, "listening").catch((error: unknown) => {
    throw takenPort("PORT", error);
  });
  probe.close();
  await once(probe, "close");
}

/** Says which variable to set where the port is taken. */
function takenPort(variable: string, error: unknown): unknown {
  if (errorCode(error) !== "EADDRINUSE") return error;
  const { port, address } = error as { port?: number; address?: string };
  return new Error(
    `port ${port} at ${address} is taken by another program; ` +
      `stop that one, or set ${variable} to another port`,
    { cause: error },
  );
}

/** The default port may be taken: then the system starts without metrics. */
async function listen(operations: OperationsServer, config: Config, log: Logger): Promise<void> {
  if (config.metrics === undefined) return;
  const { port, required } = config.metrics;
  try {
    await operations.listen({ port, host: config.host });
  } catch (error) {
    if (required) throw takenPort("METRICS_PORT", error);
    log.warn(`no metrics: port ${port} is taken; set METRICS_PORT to another one`);
  }
}

/** The gateway stops first, so that requests in flight still find every service. */
async function stopBroker(broker: BillingBroker): Promise<void> {
  const gateway = broker.services.find((service) => service.name === "gateway");
  if (gateway !== undefined) await broker.destroyService(gateway);
  await broker.stop();
}
