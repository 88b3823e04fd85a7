import { readdirSync } from "node:fs";
import path from "node:path";
import type { Knex } from "./open-database";
import { errorCode } from "./transaction";

interface MigrationFile {
  name: string;
  file: string;
}

/**
 * The migrations in several folders, one folder after the other. Their names have no extension, so that
 * TypeScript and compiled files have the same history.
 */
function migrationsIn(folders: readonly string[]): MigrationFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith(".d.ts"))
      .sort()
      .map((file) => ({ name: path.parse(file).name, file: path.join(folder, file) })),
  );
}

/**
 * Brings a schema up to date. The caller holds a lock: Knex's own lock row would survive a kill -9.
 * @param admin a connection of the role that owns the schema
 * @param folders of migrations, run in this order
 */
export async function migrate(admin: Knex, schema: string, folders: readonly string[]): Promise<void> {
  const migrationSource: Knex.MigrationSource<MigrationFile> = {
    getMigrations: async () => migrationsIn(folders),
    getMigrationName: (migration) => migration.name,
    getMigration: async (migration) => (await import(migration.file)) as Knex.Migration,
  };
  // After a step back to this release, the schema has the migrations of the next one too.
  await admin.migrate.latest({ schemaName: schema, migrationSource, disableMigrationsListValidation: true });
}

/** The schema or its table of migrations does not exist, or the role may not use it yet. */
const NOT_PREPARED = new Set(["3F000", "42P01", "42501"]);

/**
 * The migrations that a schema still lacks. One that has more than these is of a newer release, and is taken
 * to fit: CONTRIBUTING.md demands it of migrations. Those that rename (…_customers, …_reference_names) are
 * older than that rule: no release from before them works on a schema that has them.
 * @param db a connection of the service
 */
export async function missingMigrations(
  db: Knex,
  schema: string,
  folders: readonly string[],
): Promise<string[]> {
  const needed = migrationsIn(folders).map(({ name }) => name);
  try {
    const { rows } = await db.raw<{ rows: { name: string }[] }>(`SELECT name FROM ${schema}.knex_migrations`);
    const done = new Set(rows.map(({ name }) => name));
    return needed.filter((name) => !done.has(name));
  } catch (error) {
    if (NOT_PREPARED.has(errorCode(error) ?? "")) return needed;
    throw error;
  }
}
