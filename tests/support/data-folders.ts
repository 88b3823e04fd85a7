import { existsSync, mkdtempSync, readdirSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "subscription-billing-test-";
const MEMORY = "/dev/shm";
/** Several times what a run of the whole suite needs. */
const ENOUGH_BYTES = 4 * 2 ** 30;

/** Makes an empty data folder for a test; a later run removes it if this one is killed. */
export function newDataFolder(parent = tmpdir()): string {
  return mkdtempSync(join(parent, PREFIX));
}

/**
 * Makes one in memory where there is enough. Each database is a thousand files, and a disk takes longer to
 * create them than Postgres to fill them.
 */
export function newDataFolderInMemory(): string {
  return newDataFolder(freeMemory_bytes() >= ENOUGH_BYTES ? MEMORY : tmpdir());
}

/** The data folders of all test runs that have not removed theirs. */
export function dataFolders(): string[] {
  return [tmpdir(), MEMORY].filter(existsSync).flatMap((parent) =>
    readdirSync(parent)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(parent, name)),
  );
}

function freeMemory_bytes(): number {
  if (!existsSync(MEMORY)) return 0;
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem());
}
