import { withClient } from "./client";

/** What must be copied of a Postgres, by paths below its data folder. */
export interface BaseBackupSteps {
  /** copies the data files, while Postgres goes on writing to them */
  copyFiles: () => Promise<void>;
  /**
   * copies what makes the files consistent
   * @param segments the names of the files in pg_wal that were written meanwhile
   * @param label the text of the file `backup_label`: where in them the recovery begins
   */
  copyLog: (segments: string[], label: string) => Promise<void>;
}

/**
 * Takes a base backup of a running Postgres ("Making a Base Backup Using the Low Level API" in its manual). A
 * slot keeps the log that is needed; it goes with the connection, so a backup that is broken off leaves
 * nothing behind.
 * @param url of the superuser
 * @returns the time of its end, ISO 8601: everything that was committed by then is in it
 */
export async function takeBaseBackup(url: string, { copyFiles, copyLog }: BaseBackupSteps): Promise<string> {
  return withClient(url, async (client) => {
    await client.query("SELECT pg_create_physical_replication_slot($1, true, true)", [
      `backup_${process.pid}`,
    ]);
    const started = await client.query<{ first: string }>(
      "SELECT pg_walfile_name(pg_backup_start('billing', fast => true)) AS first",
    );
    await copyFiles();
    // Before the end: what is committed after it is not in the log that is copied.
    const ended_at = new Date().toISOString();
    const stopped = await client.query<{ last: string; labelfile: string }>(
      `SELECT pg_walfile_name(lsn) AS last, labelfile FROM pg_backup_stop(wait_for_archive => false)`,
    );
    const [{ first } = { first: "" }] = started.rows;
    const [{ last, labelfile } = { last: "", labelfile: "" }] = stopped.rows;
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM pg_ls_waldir()
       WHERE name ~ '^[0-9A-F]{24}$' AND name BETWEEN $1 AND $2 ORDER BY name`,
      [first, last],
    );
    const segments = rows.map(({ name }) => name);
    if (segments[0] !== first || segments.at(-1) !== last)
      throw new Error("Postgres no longer has the log of the time of the backup");
    await copyLog(segments, labelfile);
    return ended_at;
  });
}

/** Folders whose files belong to a running server, and mean nothing in a backup. */
const EMPTIED = new Set([
  "pg_wal",
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
]);
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|backup_label.*|tablespace_map.*|current_logfiles.*)$/;

/** Whether a file or folder of the data folder is a part of a backup. @param path below the data folder */
export function isInBackup(path: string): boolean {
  const parts = path.split("/");
  if (parts.some((part) => LEFT_OUT.test(part))) return false;
  return parts.length === 1 || !EMPTIED.has(parts[0] ?? "");
}
