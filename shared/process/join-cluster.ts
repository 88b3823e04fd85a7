import { ServiceBroker } from "moleculer";
import type { Logger } from "pino";
import brokerOptions from "../../moleculer.config";
import type { Config } from "../config/config";
import { CONSOLE, nodeIdOf } from "../service/bus-name";
import { NATS_LOST } from "./nats/transporter";
import type { Shutdown } from "./shutdown";
import { waitForNats } from "./nats/wait-for-nats";

const LEAVE_WITHIN_MS = 3_000;

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
