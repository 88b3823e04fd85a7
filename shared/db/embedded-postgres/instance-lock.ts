import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { giveToOwner } from "./data-place";
import { processStamp } from "./os-process";

/**
 * Takes the data for this process alone.
 *
 * The file names its owner by process id and start, so the lock of a process that was killed is known to be
 * void.
 * @returns gives the lock back
 * @throws Error when another live process holds it
 */
export function takeLock(file: string): () => void {
  const claim = `${file}.${process.pid}`;
  writeFileSync(claim, `${process.pid}\n${processStamp(process.pid)}\n`, { mode: 0o644 });
  giveToOwner(claim);
  try {
    // A link appears with its content and fails when the name is taken: nobody ever sees half a lock.
    while (!tryLink(claim, file)) {
      const owner = lockOwner(file);
      if (owner !== undefined)
        throw new Error(`${file}: the data is in use by process ${owner}; stop it first`);
      discardVoidLock(file, claim);
    }
  } finally {
    rmSync(claim, { force: true });
  }
  return () => {
    if (lockOwner(file) === process.pid) rmSync(file, { force: true });
  };
}

/** The id of the live process that holds a lock; undefined when none does. */
export function lockOwner(file: string): number | undefined {
  const [pid, stamp] = readLock(file).split("\n");
  return stamp !== undefined && processStamp(Number(pid)) === stamp ? Number(pid) : undefined;
}

/**
 * Of several processes that find the same void lock, the rename lets one remove it and spares a lock taken
 * meanwhile.
 */
function discardVoidLock(file: string, claim: string): void {
  const aside = `${claim}.void`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (lockOwner(aside) !== undefined) tryLink(aside, file);
  rmSync(aside, { force: true });
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
