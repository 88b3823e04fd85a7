import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "./log";
import { type OsUser, canEnter, isRoot, postgresUser } from "./os-user";

/** Where root keeps what Postgres's own user must reach, when it cannot reach the usual places. */
export const SYSTEM_FOLDER = "/var/lib/subscription-billing";

/** The files of one embedded Postgres. */
export interface DataPlace {
  /** The folder that Postgres itself keeps its data in. */
  cluster: string;
  /** Who runs Postgres; undefined: we ourselves. */
  user: OsUser | undefined;
  lockFile: string;
  urlFile: string;
  logFile: string;
}

/**
 * Decides where the data lives: `<dataDir>/postgres`, as a rule.
 *
 * Run by root, Postgres runs as another user, who cannot enter a folder below, say, /root. Then the data goes
 * below /var/lib and `<dataDir>/postgres` becomes a symbolic link to it, which later starts follow.
 * @param dataDir made when it does not exist
 * @throws Error when the data that the link points to has gone, or belong to somebody who cannot reach them
 *   or is not us
 */
export function choosePlace(dataDir: string, log: Log, systemFolder: string = SYSTEM_FOLDER): DataPlace {
  const folder = openFolder(dataDir);
  const cluster = clusterFolder(folder, systemFolder, log);
  for (const path of [folder, cluster]) requireAccess(path);
  return {
    cluster,
    user: postgresUser(cluster),
    // Beside the data, not the link: two folders with links to the same data share one lock.
    lockFile: join(dirname(cluster), "lock"),
    urlFile: join(folder, "database-url"),
    logFile: join(folder, "postgres.log"),
  };
}

/**
 * Hands a file that root made in the data folder to the folder's owner, who may be the one to start next
 * time.
 */
export function giveToOwner(file: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(dirname(file));
  chownSync(file, uid, gid);
}

function openFolder(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  // Postgres's user must pass through. Only while the folder is empty, so that nothing that was hidden is
  // opened.
  if (isRoot() && readdirSync(dataDir).length === 0) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  return realpathSync(dataDir);
}

function requireAccess(path: string): void {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry || isRoot()) return;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const advice = "start as that user or as root, or choose another folder by DATA_DIR";
    throw new Error(
      `${path} belongs to user ${entry.uid}, and we are user ${process.getuid?.()}: ${advice}`,
      { cause },
    );
  }
}

function clusterFolder(folder: string, systemFolder: string, log: Log): string {
  const usual = join(folder, "postgres");
  const entry = lstatSync(usual, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) {
    if (!existsSync(usual))
      throw new Error(`${usual} points to ${readlinkSync(usual)}, but the data there has gone`);
    return realpathSync(usual);
  }
  const user = postgresUser(usual);
  if (user === undefined || canEnter(folder, user)) return usual;
  if (entry)
    throw new Error(`${usual} belongs to user ${user.uid}, who runs Postgres but cannot enter ${folder}`);
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
  const place = mkdtempSync(join(systemFolder, "data-"));
  chmodSync(place, 0o711);
  const cluster = join(place, "postgres");
  mkdirSync(cluster);
  symlinkSync(cluster, usual);
  log.warn(
    `Postgres must not run as root, and user ${user.uid}, who runs it, cannot enter ${folder}: data is in ${cluster}`,
  );
  return cluster;
}
