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

/** Where root puts files that the user who runs Postgres cannot reach in their usual place. */
export const SYSTEM_FOLDER = "/var/lib/subscription-billing";

/** The paths of one embedded Postgres, and who runs it. */
export interface DataFolder {
  /** The folder of Postgres itself, its PGDATA. */
  pgdata: string;
  /** The user who runs Postgres; undefined: the user of this process. */
  user: OsUser | undefined;
  lockFile: string;
  urlFile: string;
  logFile: string;
}

/** Where a restore puts what it reads, until all of it is checked and in its place. */
export function restoringFolder({ pgdata }: Pick<DataFolder, "pgdata">): string {
  return `${pgdata}.restoring`;
}

/**
 * Decides where the data is: usually in `<dataDir>/postgres`.
 *
 * When we are root, Postgres runs as another user, who cannot enter a folder such as /root/data. The data
 * then goes below /var/lib, and `<dataDir>/postgres` becomes a symbolic link to it, which later starts
 * follow.
 * @param dataDir created when it does not exist
 * @throws Error when the link points to nothing, or the data belongs to a user who cannot reach it, or to
 *   another one
 */
export function openDataFolder(dataDir: string, log: Log, systemFolder: string = SYSTEM_FOLDER): DataFolder {
  const folder = createFolder(dataDir);
  const pgdata = choosePgdata(folder, systemFolder, log);
  for (const path of [folder, pgdata]) requireAccess(path);
  return {
    pgdata,
    user: postgresUser(pgdata),
    // Next to the data, not to the link: two folders with links to the same data share one lock.
    lockFile: join(dirname(pgdata), "lock"),
    urlFile: join(folder, "database-url"),
    logFile: join(folder, "postgres.log"),
  };
}

/**
 * Gives a file that root created in the data folder to the folder's owner, who may start the system next
 * time.
 */
export function giveToOwner(file: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(dirname(file));
  chownSync(file, uid, gid);
}

function createFolder(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  // The user who runs Postgres must enter the folder. Only an empty one is opened, so that no file is
  // exposed.
  if (isRoot() && readdirSync(dataDir).length === 0) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  return realpathSync(dataDir);
}

function requireAccess(path: string): void {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry || isRoot()) return;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const advice = "start as that user or as root, or choose another folder with DATA_DIR";
    const owner = `${path} belongs to user ${entry.uid}, and this process runs as ${process.getuid?.()}`;
    throw new Error(`${owner}: ${advice}`, { cause });
  }
}

function choosePgdata(folder: string, systemFolder: string, log: Log): string {
  const usual = join(folder, "postgres");
  const entry = lstatSync(usual, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) {
    if (!existsSync(usual))
      throw new Error(`${usual} points to ${readlinkSync(usual)}, but there is no data`);
    return realpathSync(usual);
  }
  const user = postgresUser(usual);
  if (user === undefined || canEnter(folder, user)) return usual;
  if (entry)
    throw new Error(`${usual} belongs to user ${user.uid}, who runs Postgres but cannot enter ${folder}`);
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
  const elsewhere = mkdtempSync(join(systemFolder, "data-"));
  chmodSync(elsewhere, 0o711);
  const pgdata = join(elsewhere, "postgres");
  mkdirSync(pgdata);
  symlinkSync(pgdata, usual);
  log.warn(
    `Postgres cannot run as root. It runs as user ${user.uid}, who cannot enter ${folder}: ` +
      `data is in ${pgdata}`,
  );
  return pgdata;
}
