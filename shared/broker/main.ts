import path from "node:path";
import type { ServiceBroker } from "moleculer";
import { pino, type Logger } from "pino";
import { ConfigError, loadConfig, type Config } from "../config/config";
import { startEmbeddedPostgres } from "../db/embedded-postgres";
import { prepareDatabases, waitForPostgres } from "../db/prepare-databases";
import { banner } from "./banner";
import { createBroker } from "./create-broker";
import { startRepl } from "./repl";
import { runtimeOf } from "./runtime";
import { waitForNats } from "./wait-for-nats";

/** The whole of a stop takes no longer than this; npm, systemd and containers kill after ten seconds. */
const STOP_WITHIN_MS = 9_000;

interface Started {
  broker?: ServiceBroker;
  stopPostgres?: () => Promise<void>;
}

/** Starts one process: Postgres where it is embedded, then the services that the configuration names. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log: Logger = pino({ level: config.logLevel, base: null });
  const started: Started = {};
  stopOnSignals(started, (line) => log.info(line));

  const databaseUrl = await findPostgres(config, started, log);
  await prepareDatabases(databaseUrl);
  if (config.natsUrl !== undefined) await waitForNats(config.natsUrl, (line) => log.warn(line));
  const broker = createBroker(config, databaseUrl);
  started.broker = broker;
  await broker.start();
  if (config.services.includes("gateway")) {
    process.stdout.write(banner(config, runtimeOf(broker).announcements));
  }
  if (process.argv.includes("--repl")) {
    startRepl(broker, () => stop(started));
  }
}

async function findPostgres(config: Config, started: Started, log: Logger): Promise<string> {
  if (config.databaseUrl !== undefined) {
    await waitForPostgres(config.databaseUrl, (line) => log.warn(line));
    return config.databaseUrl;
  }
  const postgres = await startEmbeddedPostgres({ dataDir: path.resolve(config.dataDir), log });
  started.stopPostgres = () => postgres.stop();
  return postgres.url;
}

/** Ctrl-C below npm arrives twice, and a stop must not be begun twice. */
function stopOnSignals(started: Started, say: (line: string) => void): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      say(`${signal}: finishing what is in flight`);
      void stop(started);
    });
  }
}

/** The gateway closes its door first, so that what is in flight still finds every service; Postgres goes last. */
async function stop({ broker, stopPostgres }: Started): Promise<void> {
  const late = setTimeout(() => process.exit(1), STOP_WITHIN_MS);
  try {
    const gateway = broker?.services.find((service) => service.name === "gateway");
    if (gateway !== undefined) await broker?.destroyService(gateway);
    await broker?.stop();
  } finally {
    await stopPostgres?.();
    clearTimeout(late);
    process.exit(0);
  }
}

main().catch((error: unknown) => {
  const reason = error instanceof ConfigError ? `The configuration cannot be used.\n${error.message}` : error;
  process.stderr.write(`${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}\n`);
  process.exit(1);
});
