import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
export function initialize(folder: DataFolder, { initdb }: Binaries, durable: boolean): string {
  const password = randomPassword();
  const unfinished = `${folder.pgdata}.new`;
  const passwordFile = `${folder.pgdata}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (folder.user !== undefined)
      for (const path of [unfinished, passwordFile]) chownSync(path, folder.user.uid, folder.user.gid);
    run(folder, initdb, [
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
export function resetPassword(folder: DataFolder, { postgres }: Binaries): string {
  const password = randomPassword();
  const sql = `ALTER ROLE ${ADMIN} PASSWORD '${password}'\n`;
  run(folder, postgres, ["--single", "-D", folder.pgdata, "postgres"], sql);
  return password;
}

const randomPassword = (): string => randomBytes(24).toString("base64url");

function run({ user }: DataFolder, program: string, args: string[], input = ""): void {
  const { status, error, stderr } = spawnSync(program, args, {
    ...user,
    input,
    cwd: "/",
    env: PROGRAM_ENV,
    encoding: "utf8",
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`${program} failed: ${stderr.trim()}`);
}
