import { hostname } from "node:os";
import { ServiceBroker } from "moleculer";
import type { Logger } from "pino";
import brokerOptions from "../../../moleculer.config";
import type { Config } from "../../config/config";
import type { Shutdown } from "../shutdown";
import { startSystem } from "../start-system";
import { waitForNats } from "../wait-for-nats";
import { openConsole } from "./console";

const LEAVE_WITHIN_MS = 3_000;

/**
 * Runs an operator's console: with NATS_URL as a node without services that joins the cluster, otherwise with the whole system
 * in this process.
 * @param command what to do instead of reading commands; the process then ends
 */
export async function runOperator(config: Config, shutdown: Shutdown, log: Logger, command?: string): Promise<void> {
  const broker =
    config.natsUrl === undefined
      ? await startSystem(config, shutdown, log)
      : await joinCluster({ ...config, natsUrl: config.natsUrl }, shutdown, log);
  openConsole(broker, { command, quit: (status) => shutdown.end(status) });
}

/** Joins the cluster at NATS_URL as a node without services, which leaves when the process ends. */
export async function joinCluster(config: Config & { natsUrl: string }, shutdown: Shutdown, log: Logger): Promise<ServiceBroker> {
  await waitForNats(config.natsUrl, (line) => log.warn(line), shutdown.signal);
  const broker = new ServiceBroker({ ...brokerOptions(config), nodeID: `operator-${hostname()}-${process.pid}` });
  shutdown.onEnd("operator", LEAVE_WITHIN_MS, () => broker.stop());
  await broker.start();
  shutdown.signal.throwIfAborted();
  return broker;
}
