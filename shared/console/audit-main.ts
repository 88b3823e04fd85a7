import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBroker } from "moleculer";
import type { Logger } from "pino";
import { type Config, loadConfig } from "../config/config";
import { openEmbeddedPostgres } from "../db/embedded-postgres";
import { prepareDatabases } from "../process/prepare-databases";
import { callAs } from "../service/call";
import { SYSTEM } from "../service/caller";
import { processLog } from "../process/logging";
import { createObserver } from "../process/create-broker";
import { joinCluster } from "../process/join-cluster";
import { auditBooks, AUDIT_STATUS } from "./audit";
import { CommandFailure } from "./command";
import { Shutdown } from "../process/shutdown";

const BROKER_WITHIN_MS = 3_000;
const POSTGRES_WITHIN_MS = 5_000;
const SERVICES_WITHIN_MS = 15_000;

/**
 * Audits the books as a command. With NATS_URL it asks the services of the running cluster; otherwise it
 * looks into the database itself, that of DATABASE_URL or the embedded one, whether a system runs on it or
 * not.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env, { operated: true });
  const log = processLog(config.logLevel);
  const shutdown = new Shutdown(log);
  // Whoever interrupts an audit has not seen clean books.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void shutdown.end(AUDIT_STATUS.failed));
  }
  const status = await audit(config, shutdown, log).then(() => AUDIT_STATUS.clean, report);
  await shutdown.end(status);
}

async function audit(config: Config, shutdown: Shutdown, log: Logger): Promise<void> {
  const broker = await openBooks(config, shutdown, log);
  await broker.waitForServices("invoicing", SERVICES_WITHIN_MS);
  await auditBooks({ call: callAs(broker, SYSTEM), print: (line) => void process.stdout.write(`${line}\n`) });
}

async function openBooks(config: Config, shutdown: Shutdown, log: Logger): Promise<ServiceBroker> {
  if (config.natsUrl !== undefined) {
    const late = delay(SERVICES_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error("NATS does not answer");
    });
    return Promise.race([joinCluster({ ...config, natsUrl: config.natsUrl }, shutdown, log), late]);
  }
  const databaseUrl = config.databaseUrl ?? (await openEmbedded(config, shutdown, log));
  const broker = createObserver(config, databaseUrl);
  shutdown.onEnd("services", BROKER_WITHIN_MS, () => broker.stop());
  await broker.start();
  return broker;
}

async function openEmbedded({ dataDir }: Config, shutdown: Shutdown, log: Logger): Promise<string> {
  const postgres = await openEmbeddedPostgres({ dataDir: path.resolve(dataDir), log });
  shutdown.onEnd("Postgres", POSTGRES_WITHIN_MS, () => postgres.stop());
  // As every start of the system does; beside a running one there is nothing to prepare.
  if (!postgres.borrowed) await prepareDatabases(postgres.url);
  return postgres.url;
}

function report(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof CommandFailure ? error.status : AUDIT_STATUS.failed;
}

main().catch((error: unknown) => process.exit(report(error)));
