import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { lockOwner } from "../../shared/db/embedded-postgres/lock-file";
import { isRoot } from "../../shared/db/embedded-postgres/os-user";
import { findRunning, shutDown } from "../../shared/db/embedded-postgres/postmaster";
import { dataFolders } from "./data-folders";
import { quietLog } from "./own-postgres";

const ABANDONED_MS = 3_600_000;

/**
 * Stops every Postgres that a killed test run left running and deletes its data. Running test runs keep
 * theirs.
 */
export async function removeLeftovers(): Promise<void> {
  for (const dataDir of dataFolders().filter(isAbandoned)) {
    const running = findRunning({ pgdata: join(dataDir, "postgres") });
    if (running) await shutDown(running, quietLog);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function isAbandoned(dataDir: string): boolean {
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (folder === undefined || (!isRoot() && folder.uid !== process.getuid?.())) return false;
  const lock = join(dataDir, "lock");
  // Without a lock, another test run may be about to start it.
  return existsSync(lock) ? lockOwner(lock) === undefined : Date.now() - folder.mtimeMs > ABANDONED_MS;
}
