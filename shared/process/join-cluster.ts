import { ServiceBroker } from "moleculer";
import type { Logger } from "pino";
import brokerOptions from "../../moleculer.config";
import { SCHEMAS, type Config } from "../config/config";
import { CONSOLE, nodeIdOf } from "../service/bus-name";
import { connectTo, ConsoleClient } from "./console-socket/client";
import { socketPath } from "./console-socket/path";
import { NATS_LOST } from "./nats/transporter";
import type { Shutdown } from "./shutdown";
import { waitForNats } from "./nats/wait-for-nats";

const LEAVE_WITHIN_MS = 3_000;

/** How long the services of a system that is starting may take. */
const SERVICES_WITHIN_MS = 30_000;

/**
 * Joins the system that runs in one process on our data folder; leaves it when this process ends.
 * @returns undefined when none is running
 */
export async function joinProcess(config: Config, shutdown: Shutdown): Promise<ServiceBroker | undefined> {
  const path = socketPath(config.dataDir);
  const socket = path === undefined ? undefined : await connectTo(path);
  if (socket === undefined) return undefined;
  const options = brokerOptions({ ...config, natsUrl: undefined });
  const broker = new ServiceBroker({
    ...options,
    nodeID: nodeIdOf(CONSOLE),
    transporter: new ConsoleClient(socket),
  });
  shutdown.onEnd("operator", LEAVE_WITHIN_MS, () => broker.stop());
  socket.once("close", () => void shutdown.end(1, () => process.stderr.write("The system has stopped.\n")));
  await broker.start();
  await broker.waitForServices([...SCHEMAS], SERVICES_WITHIN_MS);
  return broker;
}

/** Joins the cluster at NATS_URL as a node without services; leaves it when the process ends. */
export async function joinCluster(
  config: Config & { natsUrl: string },
  shutdown: Shutdown,
  log: Logger,
): Promise<ServiceBroker> {
  await waitForNats(config, CONSOLE, (line) => log.warn(line), shutdown.signal);
  const broker = new ServiceBroker({
    ...brokerOptions(config),
    nodeID: nodeIdOf(CONSOLE),
  });
  shutdown.onEnd("operator", LEAVE_WITHIN_MS, () => broker.stop());
  broker.localBus.once(NATS_LOST, (reason: Error) => {
    log.fatal(reason.message);
    void shutdown.end(1);
  });
  await broker.start();
  shutdown.signal.throwIfAborted();
  return broker;
}
