import { existsSync } from "node:fs";
import { join } from "node:path";
import { findBinaries } from "./binaries";
import { ensureDatabase } from "./client";
import { SYSTEM_FOLDER, openDataFolder } from "./data-folder";
import { adminUrl, readUrl, writeUrl } from "./database-url";
import { isInitialized } from "./initialize";
import { lockOwner, takeLock } from "./lock-file";
import type { Log } from "./log";
import { type Postmaster, shutDown } from "./postmaster";
import { prepareData, startOnSamePort, startServer, takeOver } from "./start-server";
import { Supervisor } from "./supervisor";

export type { Log } from "./log";

export interface EmbeddedPostgresOptions {
  /** The folder for data, log, lock and `database-url`. Created when it is missing. */
  dataDir: string;
  log: Log;
  /** Whether commits survive a power cut; true by default. Tests set it to false and are faster. */
  durable?: boolean;
  /** The database to create and to connect to; `billing` by default. */
  database?: string;
}

export interface EmbeddedPostgres {
  /** The database's URL, for the superuser. `<dataDir>/database-url` holds the same. */
  url: string;
  /** Stops Postgres and releases the data folder. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that npm installed, on the loopback address only. If a killed process of ours left a
 * server running on the same data, that one is taken over. A server that ends by itself is restarted.
 * @throws Error when another running process uses the data folder; with the end of Postgres's log when it
 *   does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, durable = true, database = "billing" } = options;
  const folder = openDataFolder(dataDir, log);
  const unlock = takeLock(folder.lockFile);
  let postmaster: Postmaster | undefined;
  try {
    const binaries = findBinaries(folder.user, folder.user ? SYSTEM_FOLDER : dataDir, log);
    const { password, port } = await prepareData(folder, binaries, durable, log);
    postmaster =
      (await takeOver(folder, password, log)) ??
      (await startServer(folder, binaries, { password, port, durable }));
    const url = adminUrl(password, postmaster.port, database);
    await ensureDatabase(adminUrl(password, postmaster.port, "postgres"), database);
    writeUrl(folder, url);
    const restart = (samePort: number) =>
      startOnSamePort(folder, binaries, { password, port: samePort, durable }, log);
    return stoppable(url, new Supervisor(postmaster, restart, log), unlock);
  } catch (error) {
    if (postmaster) await shutDown(postmaster, log);
    unlock();
    throw error;
  }
}

/**
 * Opens the Postgres of a data folder for reading. When the system is running, its Postgres is used and
 * `stop` leaves it running (`borrowed`). Otherwise it is started, and `stop` ends it.
 * @throws Error when the folder holds no data, and what `startEmbeddedPostgres` throws
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres & { borrowed: boolean }> {
  const { dataDir, log, database = "billing" } = options;
  const folder = existsSync(join(dataDir, "postgres")) ? openDataFolder(dataDir, log) : undefined;
  if (folder === undefined || !isInitialized(folder)) {
    throw new Error(`${dataDir} holds no data: the system was never started with it`);
  }
  const known = readUrl(folder);
  if (lockOwner(folder.lockFile) === undefined || known === undefined) {
    return { ...(await startEmbeddedPostgres(options)), borrowed: false };
  }
  return {
    url: adminUrl(known.password, known.port, database),
    stop: () => Promise.resolve(),
    borrowed: true,
  };
}

function stoppable(url: string, supervisor: Supervisor, unlock: () => void): EmbeddedPostgres {
  const stopOnExit = () => {
    supervisor.requestStop();
    unlock();
  };
  const stop = async () => {
    await supervisor.stop();
    process.off("exit", stopOnExit);
    unlock();
  };
  process.once("exit", stopOnExit);
  let stopping: Promise<void> | undefined;
  return { url, stop: () => (stopping ??= stop()) };
}
