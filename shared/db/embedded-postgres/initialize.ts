import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors";
import type { Binaries } from "./binaries";
import type { DataFolder } from "./data-folder";
import { ADMIN } from "./database-url";
import { SETTINGS } from "./settings";

/** The environment of every Postgres program. Variables of ours, such as PGPORT, must not reach it. */
export const PROGRAM_ENV = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

/** Whether the folder holds the data of a Postgres. */
export function isInitialized({ pgdata }: DataFolder): boolean {
  return existsSync(join(pgdata, "PG_VERSION"));
}

/**
 * Creates the data of a new Postgres, with a random password.
 * @param durable false: does not wait until everything is on disk
 * @returns the password of the superuser
 * @throws Error with the message of initdb
 */
export async function initialize(
  folder: DataFolder,
  { initdb }: Binaries,
  durable: boolean,
): Promise<string> {
  const password = randomPassword();
  const unfinished = `${folder.pgdata}.new`;
  const passwordFile = `${folder.pgdata}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (folder.user !== undefined)
      for (const path of [unfinished, passwordFile]) chownSync(path, folder.user.uid, folder.user.gid);
    await run(folder, initdb, [
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
    // Only complete data gets this name, whenever we may crash.
    renameSync(unfinished, folder.pgdata);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  return password;
}

/**
 * Sets a new superuser password in existing data, for when the old one was lost. The server must be stopped.
 * @returns the new password
 */
export async function resetPassword(folder: DataFolder, { postgres }: Binaries): Promise<string> {
  const password = randomPassword();
  const sql = `ALTER ROLE ${ADMIN} PASSWORD '${password}'\n`;
  await run(folder, postgres, ["--single", "-D", folder.pgdata, "postgres"], sql);
  return password;
}

const randomPassword = (): string => randomBytes(24).toString("base64url");

/** The services of a process are loaded while this runs. */
async function run({ user }: DataFolder, program: string, args: string[], input = ""): Promise<void> {
  const child = spawn(program, args, { ...user, cwd: "/", env: PROGRAM_ENV });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.resume();
  child.stdin.end(input);
  const [status] = (await once(child, "close").catch((cause: unknown) => {
    throw new Error(`${program} could not be started: ${messageOf(cause)}`, { cause });
  })) as [number | null];
  if (status !== 0) throw new Error(`${program} failed: ${errors.trim()}`);
}
