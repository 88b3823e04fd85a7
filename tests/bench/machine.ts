import { cpus, release, totalmem, type } from "node:os";
import type { Database } from "./database";

const SETTINGS = [
  "server_version",
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "shared_buffers",
  "max_wal_size",
];

/** Describes the machine and its Postgres in a few lines. */
export async function describeMachine(db: Database): Promise<string> {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown";
  const settings = await db.query<{ name: string; setting: string }>(
    `SELECT name, current_setting(name) AS setting FROM unnest($1::text[]) AS name`,
    [SETTINGS],
  );
  const postgres = settings.map(({ name, setting }) => `${name} ${setting}`).join(", ");
  return [
    `${processors.length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}, Node ${process.version}`,
    `embedded Postgres: ${postgres}`,
  ].join("\n");
}
