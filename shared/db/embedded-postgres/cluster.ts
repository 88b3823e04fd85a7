import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { Binaries } from "./binaries";
import { type DataPlace, giveToOwner } from "./data-place";

/** The superuser of an embedded Postgres. */
const ADMIN = "billing_admin";

/**
 * A quarter of the memory, as Postgres's manual advises, up to what a million invoices with their indexes
 * need.
 */
const SHARED_BUFFERS_MB = Math.min(
  1024,
  Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 4 / 2 ** 20),
);

/**
 * Written to postgresql.conf when the data is made, so an operator may change them there. With shared buffers
 * of 256 MB a billing run on books of a million invoices had 0.74 of its rate on empty ones, with 1 GB 0.84.
 * A day's pages touch many index pages, each of which goes to the log as a whole: with log buffers of 16 MB a
 * day of 1,000 among a million took 114 ms, with 64 MB 95. The log's writer looks every 10 ms, not every 200:
 * most of a page is then on disk when it commits, which took 13 ms and takes 1.5.
 */
const SETTINGS = {
  timezone: "UTC",
  log_timezone: "UTC",
  max_connections: "200",
  shared_buffers: `${SHARED_BUFFERS_MB}MB`,
  wal_buffers: "64MB",
  wal_writer_delay: "10ms",
  max_wal_size: "2GB",
  random_page_cost: "1.1",
  jit: "off",
  log_checkpoints: "off",
};

/** The environment of every Postgres program: nothing of ours, PGPORT and the like included, may leak in. */
export const PROGRAM_ENV = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

/** Whether the data exists. */
export function isInitialized({ cluster }: DataPlace): boolean {
  return existsSync(join(cluster, "PG_VERSION"));
}

/**
 * Makes the data of a new Postgres, with a password of its own.
 * @param durable false spares the wait until everything is on disk
 * @returns the password of the superuser
 * @throws Error with what initdb said
 */
export function initialize(place: DataPlace, { initdb }: Binaries, durable: boolean): string {
  const password = randomBytes(24).toString("base64url");
  const unfinished = `${place.cluster}.new`;
  const passwordFile = `${place.cluster}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    for (const path of place.user ? [unfinished, passwordFile] : [])
      chownSync(path, place.user!.uid, place.user!.gid);
    run(place, initdb, [
      `--pgdata=${unfinished}`,
      `--username=${ADMIN}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-instructions",
      ...(durable ? [] : ["--no-sync"]),
      ...Object.entries(SETTINGS).map(([name, value]) => `--set=${name}=${value}`),
    ]);
    // A crash before the rename leaves no half-made data behind.
    renameSync(unfinished, place.cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  return password;
}

/**
 * Sets a new password in existing data, for when the file that held the old one was lost. The server must be
 * stopped.
 * @returns the new password
 */
export function resetPassword(place: DataPlace, { postgres }: Binaries): string {
  const password = randomBytes(24).toString("base64url");
  run(
    place,
    postgres,
    ["--single", "-D", place.cluster, "postgres"],
    `ALTER ROLE ${ADMIN} PASSWORD '${password}'\n`,
  );
  return password;
}

/** A connection to a server of ours, as its superuser. */
export function adminUrl(password: string, port: number, database: string): string {
  return `postgresql://${ADMIN}:${password}@127.0.0.1:${port}/${database}`;
}

/** What `<dataDir>/database-url` tells; undefined when it was lost or spoilt. */
export function readUrl({ urlFile }: DataPlace): { password: string; port: number } | undefined {
  if (!existsSync(urlFile)) return undefined;
  const text = readFileSync(urlFile, "utf8").trim();
  if (!URL.canParse(text)) return undefined;
  const { password, port } = new URL(text);
  return password === "" ? undefined : { password, port: Number(port) };
}

/** Keeps a connection URL where only the owner of the data folder can read it. */
export function writeUrl({ urlFile }: DataPlace, url: string): void {
  const unfinished = `${urlFile}.new`;
  writeFileSync(unfinished, `${url}\n`, { mode: 0o600 });
  giveToOwner(unfinished);
  renameSync(unfinished, urlFile);
}

function run(place: DataPlace, program: string, args: string[], input = ""): void {
  const { status, error, stderr } = spawnSync(program, args, {
    ...place.user,
    input,
    cwd: "/",
    env: PROGRAM_ENV,
    encoding: "utf8",
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`${program} failed: ${stderr.trim()}`);
}
