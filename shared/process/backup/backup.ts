import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { openEmbeddedPostgres, type Log } from "../../db/embedded-postgres";
import { isInBackup, takeBaseBackup } from "../../db/embedded-postgres/base-backup";
import { openDataFolder } from "../../db/embedded-postgres/data-folder";
import type { Shutdown } from "../shutdown";
import { ArchiveWriter } from "./write-archive";

const POSTGRES_WITHIN_MS = 5_000;
const ABANDON_WITHIN_MS = 2_000;

const CONTROL_FILE = "global/pg_control";

/** What of the data folder is kept besides Postgres's data: its password, and what the sandbox knows. */
export const OTHER_FILES = ["database-url", "stripe-sandbox-keys.json", "stripe-sandbox-state.json"];

/**
 * Backs up the data folder of a system in one process, while it runs or not.
 * @param file where the backup goes; it must not exist
 * @returns how many bytes were backed up
 * @throws Error when the file exists, or there is no data
 */
export async function backUp(dataDir: string, file: string, shutdown: Shutdown, log: Log): Promise<number> {
  if (existsSync(file)) throw new Error(`${file} exists; a backup overwrites nothing`);
  const postgres = await openEmbeddedPostgres({ dataDir, log });
  shutdown.onEnd("Postgres", POSTGRES_WITHIN_MS, () => postgres.stop());
  const { pgdata } = openDataFolder(dataDir, log);
  const began_at = new Date().toISOString();
  const archive = new ArchiveWriter(file);
  shutdown.onEnd("backup", ABANDON_WITHIN_MS, () => archive.abandon());
  const ended_at = await takeBaseBackup(postgres.url, {
    copyFiles: () => addFolder(archive, pgdata, "", shutdown.signal),
    copyLog: async (segments, label) => {
      for (const name of segments)
        await archive.addFile(`postgres/pg_wal/${name}`, join(pgdata, "pg_wal", name));
      await archive.addText("postgres/backup_label", label);
      // Last, as Postgres's own tool does it: while files are copied, it is written to.
      await archive.addFile(`postgres/${CONTROL_FILE}`, join(pgdata, CONTROL_FILE));
    },
  });
  // After Postgres: what the sandbox knows more than the books is found by comparing them, as with Stripe.
  for (const name of OTHER_FILES) await archive.addFile(name, join(dataDir, name));
  shutdown.signal.throwIfAborted();
  await archive.finish({
    began_at,
    ended_at,
    postgres: readFileSync(join(pgdata, "PG_VERSION"), "utf8").trim(),
  });
  return archive.size;
}

/** Adds the files of a folder below Postgres's data folder, and of the folders in it. */
async function addFolder(
  archive: ArchiveWriter,
  pgdata: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await archive.addFolder(posix.join("postgres", folder));
  for (const entry of await readdir(join(pgdata, folder), { withFileTypes: true })) {
    signal.throwIfAborted();
    const path = posix.join(folder, entry.name);
    if (!isInBackup(path) || path === CONTROL_FILE) continue;
    if (entry.isDirectory()) await addFolder(archive, pgdata, path, signal);
    else if (entry.isFile()) await archive.addFile(posix.join("postgres", path), join(pgdata, path));
  }
}
