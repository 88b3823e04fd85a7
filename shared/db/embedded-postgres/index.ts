import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Binaries, findBinaries } from "./binaries";
import { adminUrl, initialize, isInitialized, readUrl, resetPassword, writeUrl } from "./cluster";
import { type DataPlace, SYSTEM_FOLDER, choosePlace } from "./data-place";
import { lockOwner, takeLock } from "./instance-lock";
import type { Log } from "./log";
import {
  type Postmaster,
  findLeftBehind,
  freePort,
  isRunning,
  launch,
  requestStop,
  shutDown,
} from "./postmaster";
import { ServerGone, ensureDatabase, waitUntilReady } from "./readiness";
import { Supervisor } from "./supervisor";

export type { Log } from "./log";

/** How long to wait for a former server's last processes to let go of the data. */
const LET_GO_MS = 10_000;

export interface EmbeddedPostgresOptions {
  /** The folder that keeps everything: data, log, lock and `database-url`. Made when missing. */
  dataDir: string;
  log: Log;
  /** Whether what is committed survives a power cut (default). Tests do without and are faster. */
  durable?: boolean;
  /** The database to make and to connect to; `billing` by default. */
  database?: string;
}

export interface EmbeddedPostgres {
  /** Connects as superuser to the database; the same text is in `<dataDir>/database-url`. */
  url: string;
  /** Stops Postgres and frees the data folder; calling it again only waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that comes with npm, on the loopback address alone, or takes over the one that a killed
 * process of ours left running on the same data. Should it end unasked, it is started again.
 * @throws Error when another live process uses the data folder, or Postgres cannot run (with the end of its
 *   log)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, durable = true, database = "billing" } = options;
  const place = choosePlace(dataDir, log);
  const unlock = takeLock(place.lockFile);
  let postmaster: Postmaster | undefined;
  try {
    const binaries = findBinaries(place.user, place.user ? SYSTEM_FOLDER : dataDir, log);
    const { password, port } = await credentials(place, binaries, durable, log);
    const startOn = (wished: number) => start(place, binaries, { password, port: wished, durable });
    postmaster = (await adopt(place, password, log)) ?? (await startOn(port));
    const url = adminUrl(password, postmaster.port, database);
    await ensureDatabase(adminUrl(password, postmaster.port, "postgres"), database);
    writeUrl(place, url);
    return handle(url, new Supervisor(postmaster, (same) => startOnExactly(same, startOn, log), log), unlock);
  } catch (error) {
    if (postmaster) await shutDown(postmaster, log);
    unlock();
    throw error;
  }
}

/**
 * Opens the Postgres of a data folder for somebody who only looks: the running system's where there is one,
 * which `stop` then leaves alone; otherwise it is started for as long as needed.
 * @throws Error when the folder holds no data, and what `startEmbeddedPostgres` throws
 */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres & { borrowed: boolean }> {
  const { dataDir, log, database = "billing" } = options;
  const place = existsSync(join(dataDir, "postgres")) ? choosePlace(dataDir, log) : undefined;
  if (place === undefined || !isInitialized(place)) {
    throw new Error(`${dataDir} holds no data: the system was never started with it`);
  }
  const known = readUrl(place);
  if (lockOwner(place.lockFile) === undefined || known === undefined) {
    return { ...(await startEmbeddedPostgres(options)), borrowed: false };
  }
  return {
    url: adminUrl(known.password, known.port, database),
    stop: () => Promise.resolve(),
    borrowed: true,
  };
}

async function credentials(place: DataPlace, binaries: Binaries, durable: boolean, log: Log) {
  const known = readUrl(place);
  if (isInitialized(place) && known) return known;
  if (!isInitialized(place)) {
    log.info(`making a new Postgres in ${place.cluster}`);
    return { password: initialize(place, binaries, durable), port: 0 };
  }
  log.warn(`${place.urlFile} is missing or unreadable: setting a new password`);
  const running = findLeftBehind(place);
  if (running) await shutDown(running, log);
  return { password: resetPassword(place, binaries), port: 0 };
}

/** Takes over a server left behind; undefined when there is none or it was about to end. */
async function adopt(place: DataPlace, password: string, log: Log): Promise<Postmaster | undefined> {
  const found = findLeftBehind(place);
  if (!found) return undefined;
  try {
    await waitUntilReady(adminUrl(password, found.port, "postgres"), () => isRunning(found));
  } catch (error) {
    if (error instanceof ServerGone) return undefined;
    throw error;
  }
  log.info(`taking over the Postgres that was left running (process ${found.pid})`);
  return found;
}

async function start(
  place: DataPlace,
  binaries: Binaries,
  { password, port, durable }: { password: string; port: number; durable: boolean },
): Promise<Postmaster> {
  for (const deadline = performance.now() + LET_GO_MS; ;) {
    const logStart = statSync(place.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const postmaster = await launch(place, binaries, await freePort(port), durable);
    try {
      await waitUntilReady(adminUrl(password, postmaster.port, "postgres"), () => isRunning(postmaster));
      return postmaster;
    } catch (error) {
      const said = readFileSync(place.logFile).subarray(logStart).toString();
      const passing = /still in use|already exists|could not bind/.test(said) && performance.now() < deadline;
      if (isRunning(postmaster)) requestStop(postmaster);
      if (!(error instanceof ServerGone)) throw error;
      if (!passing) throw new Error(`Postgres did not start: ${said.trim()}`, { cause: error });
      await sleep(200);
    }
  }
}

/** The URL has been handed out already, so another port will not do. */
async function startOnExactly(
  port: number,
  startOn: (port: number) => Promise<Postmaster>,
  log: Log,
): Promise<Postmaster> {
  const postmaster = await startOn(port);
  if (postmaster.port === port) return postmaster;
  await shutDown(postmaster, log);
  throw new Error(`another program has taken the port of Postgres, ${port}`);
}

function handle(url: string, supervisor: Supervisor, unlock: () => void): EmbeddedPostgres {
  const abandon = () => {
    supervisor.abandon();
    unlock();
  };
  const stop = async () => {
    await supervisor.stop();
    process.off("exit", abandon);
    unlock();
  };
  process.once("exit", abandon);
  let stopping: Promise<void> | undefined;
  return { url, stop: () => (stopping ??= stop()) };
}
