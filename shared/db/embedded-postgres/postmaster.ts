import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Binaries } from "./binaries";
import { type DataFolder, giveToOwner } from "./data-folder";
import { PROGRAM_ENV } from "./initialize";
import type { Log } from "./log";
import { commandLine, processIdentity, signal } from "./os-process";
import { startSettings } from "./settings";

const FAST_STOP_MS = 6_000;
const IMMEDIATE_STOP_MS = 3_000;
const LOG_LIMIT_BYTES = 20_000_000;

/** The main process of a running Postgres. */
export interface Postmaster {
  pid: number;
  /** tells it from another process that gets the same id later */
  identity: string;
  port: number;
}

/**
 * Starts Postgres. It accepts connections as soon as it has recovered. It has its own process group, so that
 * Ctrl-C in a terminal does not reach it.
 * @param durable whether commits survive a power cut
 * @throws Error when the program cannot be started
 */
export async function launch(
  folder: DataFolder,
  { postgres }: Binaries,
  port: number,
  durable: boolean,
): Promise<Postmaster> {
  const settings = Object.entries(startSettings(durable)).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const output = openLog(folder.logFile);
  try {
    const child = spawn(postgres, ["-D", folder.pgdata, "-p", String(port), ...settings], {
      ...folder.user,
      cwd: "/",
      env: PROGRAM_ENV,
      detached: true,
      stdio: ["ignore", output, output],
    });
    await once(child, "spawn");
    child.unref();
    return { pid: child.pid!, identity: processIdentity(child.pid!) ?? "", port };
  } catch (cause) {
    throw new Error(`${postgres} could not be started: ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(output);
  }
}

/**
 * Finds a Postgres that runs on this data because the process that started it was killed.
 *
 * Postgres writes its process id to postmaster.pid. When another program has that id by now, the file is
 * removed: Postgres would take it for a running server and refuse to start.
 */
export function findRunning({ pgdata }: Pick<DataFolder, "pgdata">): Postmaster | undefined {
  const pidFile = join(pgdata, "postmaster.pid");
  if (!statSync(pidFile, { throwIfNoEntry: false })) return undefined;
  const [pid, , , port] = readFileSync(pidFile, "utf8").split("\n").map(Number);
  const identity = pid ? processIdentity(pid) : undefined;
  if (!pid || identity === undefined) return undefined;
  if (/\bpostgres\b/.test(commandLine(pid))) return { pid, identity, port: port ?? 0 };
  rmSync(pidFile, { force: true });
  return undefined;
}

/** Whether it is still running. */
export function isRunning({ pid, identity }: Postmaster): boolean {
  return processIdentity(pid) === identity;
}

/**
 * Stops Postgres: it ends all sessions and writes its data. If that takes longer than 6 s, it is killed, and
 * the next start recovers.
 * @throws Error when it cannot be killed either
 */
export async function shutDown(postmaster: Postmaster, log: Log): Promise<void> {
  requestStop(postmaster);
  if (await endsWithin(postmaster, FAST_STOP_MS)) return;
  log.warn(`Postgres (process ${postmaster.pid}) did not stop within ${FAST_STOP_MS} ms; killing it`);
  for (const name of ["SIGQUIT", "SIGKILL"] as const) {
    if (isRunning(postmaster)) signal(postmaster.pid, name);
    if (await endsWithin(postmaster, IMMEDIATE_STOP_MS)) return;
  }
  throw new Error(`Postgres (process ${postmaster.pid}) cannot be stopped`);
}

/** Asks Postgres for a fast shutdown, as `pg_ctl stop -m fast` does, without waiting for it. */
export function requestStop(postmaster: Postmaster): void {
  if (isRunning(postmaster)) signal(postmaster.pid, "SIGINT");
}

async function endsWithin(postmaster: Postmaster, limit_ms: number): Promise<boolean> {
  const deadline = performance.now() + limit_ms;
  while (isRunning(postmaster)) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  const output = openSync(file, "a", 0o600);
  giveToOwner(file);
  return output;
}
