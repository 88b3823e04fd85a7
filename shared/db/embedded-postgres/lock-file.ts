import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { giveToOwner } from "./data-folder";
import { processIdentity } from "./os-process";

/**
 * Locks the data for this process. The file holds the owner's process id and identity, so that the lock of a
 * process that was killed is known to be stale.
 * @returns a function that releases the lock
 * @throws Error when another running process holds it
 */
export function takeLock(file: string): () => void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n${processIdentity(process.pid)}\n`, { mode: 0o644 });
  giveToOwner(own);
  try {
    // A link appears with its content, and fails when the name is taken: nobody can read half a lock.
    while (!tryLink(own, file)) {
      const owner = lockOwner(file);
      if (owner !== undefined)
        throw new Error(
          `the data in ${dirname(file)} is in use by process ${owner}; stop that one, ` +
            "or set DATA_DIR to another folder",
        );
      removeStaleLock(file, own);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    if (lockOwner(file) === process.pid) rmSync(file, { force: true });
  };
}

/** The id of the running process that holds a lock; undefined when none does. */
export function lockOwner(file: string): number | undefined {
  const [pid, identity] = readLock(file).split("\n");
  return identity !== undefined && processIdentity(Number(pid)) === identity ? Number(pid) : undefined;
}

/** Several processes may find the same stale lock. The rename lets one of them remove it. */
function removeStaleLock(file: string, own: string): void {
  const moved = `${own}.stale`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Another process may have taken the lock before the rename: give it back.
  if (lockOwner(moved) !== undefined) tryLink(moved, file);
  rmSync(moved, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readLock(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
