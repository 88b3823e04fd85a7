import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Log, startEmbeddedPostgres } from "../../shared/db/embedded-postgres";
import { newDataFolder, newDataFolderInMemory } from "./data-folders";

/** Logs warnings and errors only. */
export const quietLog: Log = { info: () => {}, warn: console.warn, error: console.error };

/** A Postgres for one test, which may restart or kill it. */
export interface OwnPostgres {
  /** The URL for the superuser. It stays the same after a restart. */
  url: string;
  dataDir: string;
  /** The process id of the running server. */
  pid(): number;
  /** Stops it and keeps its data. */
  stop(): Promise<void>;
  /** Starts it again after `stop`, or after it was killed. */
  start(): Promise<void>;
  /** Kills it with SIGKILL, like a crash, and resolves when it has ended. */
  kill(): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/**
 * Starts a Postgres with new data in a temporary folder.
 * @param durable whether commits survive a power cut
 */
export async function startOwnPostgres({ durable = false } = {}): Promise<OwnPostgres> {
  const dataDir = durable ? newDataFolder() : newDataFolderInMemory();
  const launch = () => startEmbeddedPostgres({ dataDir, log: quietLog, durable });
  let running = await launch();
  const { url } = running;
  const pid = () => Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
  const stop = () => running.stop();
  return {
    url,
    dataDir,
    pid,
    stop,
    start: async () => {
      running = await launch();
    },
    kill: async () => {
      process.kill(pid(), "SIGKILL");
      await stop();
    },
    remove: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
