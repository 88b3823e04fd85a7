import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../../db/embedded-postgres";
import {
  giveToOwner,
  openDataFolder,
  restoringFolder,
  type DataFolder,
} from "../../db/embedded-postgres/data-folder";
import { takeLock } from "../../db/embedded-postgres/lock-file";
import { OTHER_FILES } from "./backup";
import type { Manifest } from "./manifest";
import { readArchive } from "./read-archive";
import { sync } from "./write-archive";

/**
 * Restores a backup into a data folder that holds no data. The backup is read and checked as a whole before
 * anything gets its place; Postgres's data comes last. After a restore that was broken off in between, the
 * system does not start until it is repeated.
 * @param dataDir absolute
 * @throws Error when the folder holds data or is in use, or the backup is not complete
 */
export async function restore(file: string, dataDir: string, log: Log): Promise<Manifest> {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const folder = openDataFolder(dataDir, log);
  const unlock = takeLock(folder.lockFile);
  const restoring = restoringFolder(folder);
  try {
    requireEmpty(folder, dataDir);
    rmSync(restoring, { recursive: true, force: true });
    for (const name of OTHER_FILES) rmSync(join(dataDir, name), { force: true });
    mkdirSync(restoring, { mode: 0o711 });
    const manifest = await readArchive(file, restoring, folder.user);
    for (const name of OTHER_FILES) {
      if (!existsSync(join(restoring, name))) continue;
      renameSync(join(restoring, name), join(dataDir, name));
      giveToOwner(join(dataDir, name));
    }
    renameSync(join(restoring, "postgres"), folder.pgdata);
    await sync(dirname(folder.pgdata));
    return manifest;
  } finally {
    rmSync(restoring, { recursive: true, force: true });
    unlock();
  }
}

/**
 * An empty folder is as good as none: a folder that is renamed may take its place. What a restore that was
 * broken off has put there is removed.
 */
function requireEmpty(folder: DataFolder, dataDir: string): void {
  const { pgdata } = folder;
  const holdsData = existsSync(pgdata) && readdirSync(pgdata).length > 0;
  const others = existsSync(restoringFolder(folder))
    ? []
    : OTHER_FILES.map((name) => join(dataDir, name)).filter((file) => existsSync(file));
  const [present] = [...(holdsData ? [pgdata] : []), ...others];
  if (present !== undefined)
    throw new Error(`${present} holds data; move it away, or set DATA_DIR to another folder`);
}
