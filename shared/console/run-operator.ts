import type { Logger } from "pino";
import type { Config } from "../config/config";
import { joinCluster } from "../process/join-cluster";
import type { Shutdown } from "../process/shutdown";
import { startSystem } from "../process/start-system";
import { openConsole } from "./console";

/**
 * Runs an operator's console: with NATS_URL as a node without services that joins the cluster, otherwise with
 * the whole system in this process.
 * @param command what to do instead of reading commands; the process then ends
 */
export async function runOperator(
  config: Config,
  shutdown: Shutdown,
  log: Logger,
  command?: string,
): Promise<void> {
  const broker =
    config.natsUrl === undefined
      ? await startSystem(config, shutdown, log)
      : await joinCluster({ ...config, natsUrl: config.natsUrl }, shutdown, log);
  openConsole(broker, { command, quit: (status) => shutdown.end(status) });
}
