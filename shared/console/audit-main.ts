import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import type { Logger } from "pino";
import { type Config, type DatabaseUrls, loadConfig } from "../config/config";
import { openEmbeddedPostgres } from "../db/embedded-postgres";
import { serviceUrls } from "../db/service-url";
import { prepareDatabases } from "../process/prepare-databases";
import { callAs } from "../service/call";
import { OPERATOR } from "../service/caller";
import { processLog } from "../process/logging";
import { createObserver } from "../process/create-broker";
import { joinCluster } from "../process/join-cluster";
import { Shutdown } from "../process/shutdown";
import { CommandFailure } from "./command";
import { auditBooks, AUDIT_STATUS } from "./commands/audit";
import { messageOf } from "../errors";

const BROKER_STOP_TIMEOUT_MS = 3_000;
const POSTGRES_STOP_TIMEOUT_MS = 5_000;
const SERVICES_TIMEOUT_MS = 15_000;

/**
 * `npm run audit`: audits the books and exits with a status of `AUDIT_STATUS`. With NATS_URL the services
 * of the cluster do it. Otherwise this process reads the database of DATABASE_URL, or the embedded one, also
 * while the system runs on it. Only of the embedded one it knows whether the system is stopped.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env, { forConsole: true });
  const log = processLog(config);
  const shutdown = new Shutdown(log);
  // An interrupted audit is not a clean one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void shutdown.end(AUDIT_STATUS.failed));
  }
  const status = await audit(config, shutdown, log).then(() => AUDIT_STATUS.clean, report);
  await shutdown.end(status);
}

async function audit(config: Config, shutdown: Shutdown, log: Logger): Promise<void> {
  const { broker, stopped } = await startBroker(config, shutdown, log);
  await broker.waitForServices("invoicing", SERVICES_TIMEOUT_MS);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  await auditBooks({ call: callAs(broker, OPERATOR), print }, { stopped });
}

async function startBroker(
  config: Config,
  shutdown: Shutdown,
  log: Logger,
): Promise<{ broker: ServiceBroker; stopped: boolean }> {
  if (config.natsUrl !== undefined) {
    const timeout = delay(SERVICES_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      throw new Error("NATS_URL: NATS does not answer");
    });
    const joining = joinCluster({ ...config, natsUrl: config.natsUrl }, shutdown, log);
    return { broker: await Promise.race([joining, timeout]), stopped: false };
  }
  const { urls, stopped } = await openDatabases(config, shutdown, log);
  const broker = createObserver(config, urls);
  shutdown.onEnd("services", BROKER_STOP_TIMEOUT_MS, () => broker.stop());
  await broker.start();
  return { broker, stopped };
}

async function openDatabases(
  { databases, dataDir }: Config,
  shutdown: Shutdown,
  log: Logger,
): Promise<{ urls: DatabaseUrls; stopped: boolean }> {
  if (databases.kind === "services") return { urls: databases.urls, stopped: false };
  if (databases.kind === "administrator")
    return { urls: { ...serviceUrls(databases.adminUrl), ...databases.urls }, stopped: false };
  const postgres = await openEmbeddedPostgres({ dataDir: path.resolve(dataDir), log });
  shutdown.onEnd("Postgres", POSTGRES_STOP_TIMEOUT_MS, () => postgres.stop());
  // A running system has prepared its databases already.
  if (!postgres.borrowed) await prepareDatabases(postgres.url);
  return { urls: serviceUrls(postgres.url), stopped: !postgres.borrowed };
}

function report(error: unknown): number {
  process.stderr.write(`${messageOf(error)}\n`);
  return error instanceof CommandFailure ? error.status : AUDIT_STATUS.failed;
}

main().catch((error: unknown) => process.exit(report(error)));
