import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Binaries } from "./binaries";
import { PROGRAM_ENV } from "./cluster";
import { type DataPlace, giveToOwner } from "./data-place";
import type { Log } from "./log";
import { commandLine, processStamp, signal } from "./os-process";

const FAST_STOP_MS = 6_000;
const IMMEDIATE_STOP_MS = 3_000;
const LOG_LIMIT_BYTES = 20_000_000;

/** The main process of a running Postgres. */
export interface Postmaster {
  pid: number;
  stamp: string;
  port: number;
}

/** For tests. What is committed still outlives a kill of Postgres, though not a power cut. */
const NOT_DURABLE = ["fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"];

/**
 * Starts Postgres, which then accepts connections as soon as it has recovered.
 *
 * It gets a process group of its own, so that Ctrl-C in a terminal does not stop it under our feet.
 * @throws Error when the program cannot be started
 */
export async function launch(
  place: DataPlace,
  { postgres }: Binaries,
  port: number,
  durable: boolean,
): Promise<Postmaster> {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    ...(durable ? [] : NOT_DURABLE),
  ];
  const args = ["-D", place.cluster, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const output = openLog(place.logFile);
  try {
    const child = spawn(postgres, args, {
      ...place.user,
      cwd: "/",
      env: PROGRAM_ENV,
      detached: true,
      stdio: ["ignore", output, output],
    });
    await once(child, "spawn");
    child.unref();
    return { pid: child.pid!, stamp: processStamp(child.pid!) ?? "", port };
  } catch (cause) {
    throw new Error(`${postgres} could not be started: ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(output);
  }
}

/**
 * Finds the Postgres that still runs on this data, left behind by a process of ours that was killed.
 *
 * Postgres notes its process id beside its data. When that id now belongs to some other program, the note is
 * removed, because Postgres itself would take it for a running server and refuse to start.
 */
export function findLeftBehind({ cluster }: Pick<DataPlace, "cluster">): Postmaster | undefined {
  const note = join(cluster, "postmaster.pid");
  if (!statSync(note, { throwIfNoEntry: false })) return undefined;
  const [pid, , , port] = readFileSync(note, "utf8").split("\n").map(Number);
  const stamp = pid ? processStamp(pid) : undefined;
  if (!pid || stamp === undefined) return undefined;
  if (/\bpostgres\b/.test(commandLine(pid))) return { pid, stamp, port: port ?? 0 };
  rmSync(note, { force: true });
  return undefined;
}

/** Whether it still runs. */
export function isRunning({ pid, stamp }: Postmaster): boolean {
  return processStamp(pid) === stamp;
}

/**
 * Stops Postgres: sessions are cut and the data written; after 6 s without that, and recovery is left to the
 * next start.
 */
export async function shutDown(postmaster: Postmaster, log: Log): Promise<void> {
  requestStop(postmaster);
  if (await hasGone(postmaster, FAST_STOP_MS)) return;
  log.warn(
    `Postgres (process ${postmaster.pid}) has not stopped within ${FAST_STOP_MS} ms; stopping it the hard way`,
  );
  for (const name of ["SIGQUIT", "SIGKILL"] as const) {
    if (isRunning(postmaster)) signal(postmaster.pid, name);
    if (await hasGone(postmaster, IMMEDIATE_STOP_MS)) return;
  }
  throw new Error(`Postgres (process ${postmaster.pid}) cannot be stopped`);
}

/** Asks Postgres to stop fast (as `pg_ctl stop -m fast` does) and waits for nothing. */
export function requestStop(postmaster: Postmaster): void {
  if (isRunning(postmaster)) signal(postmaster.pid, "SIGINT");
}

/** A port on the loopback address: the wished one, or another while that is taken. */
export async function freePort(wished: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen({ port: wished, host: "127.0.0.1", exclusive: true });
    await once(probe, "listening");
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    if (wished !== 0 && (error as NodeJS.ErrnoException).code === "EADDRINUSE") return await freePort(0);
    throw error;
  } finally {
    probe.close();
  }
}

async function hasGone(postmaster: Postmaster, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
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
