import { existsSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Binaries } from "./binaries";
import { ServerGone, waitUntilReady } from "./client";
import { restoringFolder, type DataFolder } from "./data-folder";
import { adminUrl, readUrl } from "./database-url";
import { freePort } from "./free-port";
import { initialize, isInitialized, resetPassword } from "./initialize";
import type { Log } from "./log";
import { type Postmaster, findRunning, isRunning, launch, requestStop, shutDown } from "./postmaster";

/** How long to wait until the last processes of a former server release the data. */
const RELEASE_MS = 10_000;

/** What a start needs beside the data folder. */
export interface ServerOptions {
  password: string;
  /** the preferred port; 0: any */
  port: number;
  durable: boolean;
}

/**
 * Makes sure that there is data and that its password is known.
 * @returns the password, and the port of the last start, 0 when there was none
 */
export async function prepareData(
  folder: DataFolder,
  binaries: Binaries,
  durable: boolean,
  log: Log,
): Promise<{ password: string; port: number }> {
  const known = readUrl(folder);
  if (isInitialized(folder) && known) return known;
  if (!isInitialized(folder)) {
    if (existsSync(restoringFolder(folder)))
      throw new Error(
        `a restore into ${folder.pgdata} was broken off: repeat it, or delete ${restoringFolder(folder)}, ` +
          "database-url and stripe-sandbox-*.json, and begin with nothing",
      );
    log.info(`creating a new Postgres in ${folder.pgdata}`);
    return { password: await initialize(folder, binaries, durable), port: 0 };
  }
  log.warn(`${folder.urlFile} is missing or unreadable: setting a new password`);
  const running = findRunning(folder);
  if (running) await shutDown(running, log);
  return { password: await resetPassword(folder, binaries), port: 0 };
}

/**
 * Takes over the server that a killed process left running; undefined when there is none, or it is about to
 * end.
 */
export async function takeOver(
  folder: DataFolder,
  password: string,
  log: Log,
): Promise<Postmaster | undefined> {
  const found = findRunning(folder);
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

/**
 * Starts Postgres and waits until it accepts connections.
 * @throws Error with the end of Postgres's log when it does not start
 */
export async function startServer(
  folder: DataFolder,
  binaries: Binaries,
  { password, port, durable }: ServerOptions,
): Promise<Postmaster> {
  for (const deadline = performance.now() + RELEASE_MS; ;) {
    const logStart = statSync(folder.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const postmaster = await launch(folder, binaries, await freePort(port), durable);
    try {
      await waitUntilReady(adminUrl(password, postmaster.port, "postgres"), () => isRunning(postmaster));
      return postmaster;
    } catch (error) {
      const output = readFileSync(folder.logFile).subarray(logStart).toString();
      const temporary = /still in use|already exists|could not bind/.test(output);
      if (isRunning(postmaster)) requestStop(postmaster);
      if (!(error instanceof ServerGone)) throw error;
      if (!temporary || performance.now() >= deadline)
        throw new Error(`Postgres did not start: ${output.trim()}`, { cause: error });
      await sleep(200);
    }
  }
}

/** As `startServer`, but on no other port, because the URL is already in use. */
export async function startOnSamePort(
  folder: DataFolder,
  binaries: Binaries,
  options: ServerOptions,
  log: Log,
): Promise<Postmaster> {
  const postmaster = await startServer(folder, binaries, options);
  if (postmaster.port === options.port) return postmaster;
  await shutDown(postmaster, log);
  throw new Error(`another program has taken the port of Postgres, ${options.port}`);
}
