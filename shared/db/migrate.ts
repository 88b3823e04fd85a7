import { readdirSync } from "node:fs";
import path from "node:path";
import type { Knex } from "./open-database";

interface MigrationFile {
  name: string;
  file: string;
}

/**
 * Knex's source of migrations: the files of several folders, one folder after the other. Their names have no
 * extension, so that TypeScript and compiled files have the same history.
 */
function migrationSource(folders: string[]): Knex.MigrationSource<MigrationFile> {
  return {
    getMigrations: async () =>
      folders.flatMap((folder) =>
        readdirSync(folder)
          .filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith(".d.ts"))
          .sort()
          .map((file) => ({ name: path.parse(file).name, file: path.join(folder, file) })),
      ),
    getMigrationName: (migration) => migration.name,
    getMigration: async (migration) => (await import(migration.file)) as Knex.Migration,
  };
}

/**
 * Brings a schema up to date. The caller holds an advisory lock: Knex's own lock row would survive a kill -9.
 * @param db a connection of the role that owns the schema
 * @param folders of migrations, run in this order
 */
export async function migrate(db: Knex, schema: string, folders: string[]): Promise<void> {
  await db.migrate.latest({ schemaName: schema, migrationSource: migrationSource(folders) });
}
