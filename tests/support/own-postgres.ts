import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, startEmbeddedPostgres } from "../../shared/db/embedded-postgres";

/** Every data folder of a test starts so, which lets a later run find those that a killed one left. */
export const DATA_PREFIX = join(tmpdir(), "subscription-billing-test-");

/** Passes on what goes wrong and keeps quiet about the rest. */
export const quietLog: Log = { info: () => {}, warn: console.warn, error: console.error };

/** A Postgres that belongs to one test, which may restart or kill it. */
export interface OwnPostgres {
  /** Connects as superuser; stays the same over restarts. */
  url: string;
  dataDir: string;
  /** The process id of the server that runs now. */
  pid(): number;
  /** Stops it in order; the data stay. */
  stop(): Promise<void>;
  /** Starts it again after `stop`, or after it was killed. */
  start(): Promise<void>;
  /** Takes it down with SIGKILL, as a crash would, and returns when it has gone. */
  kill(): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** Starts a Postgres on fresh data in a temporary folder. */
export async function startOwnPostgres({ durable = false } = {}): Promise<OwnPostgres> {
  const dataDir = mkdtempSync(DATA_PREFIX);
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
