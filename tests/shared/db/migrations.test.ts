import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { migrate, missingMigrations } from "../../../shared/db/migrate";
import { migrationFolders } from "../../../shared/process/migration-folders";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { SCHEMAS } from "../../../shared/config/config";
import { createDatabase, type TestDatabase } from "../../support/postgres";
import { startSystem } from "../../support/system";

const ROOT = path.resolve(__dirname, "../../..");

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await fillDatabase();
});
afterAll(() => database.drop());

/** Tables that migrations change, and that must have rows for the tests to say anything. */
const FILLED = [
  ["identity", "customers"],
  ["subscriptions", "subscriptions"],
  ["invoicing", "invoices"],
  ["notifications", "deliveries"],
] as const;

/** Lets a system work on the database: what an empty table forgives, rows do not. */
async function fillDatabase(): Promise<void> {
  const system = await startSystem({ databaseUrl: database.url });
  try {
    const { call } = system;
    const password = "correct horse battery";
    for (const username of ["ada", "bob"])
      await call("identity.register", { username, email: "ada@example.com", password });
    const { id: customer } = await call("identity.createCustomer", { name: "Ada Ltd" });
    await call("identity.inviteMember", { customer, email: "cem@example.com" });
    await call("identity.createApiKey", { name: "ours", scope: "write" });
    await system.drain();
    await call("subscriptions.createSubscription", { plan: "Pro", customer });
    await system.drain();
    for (const [schema, table] of FILLED)
      expect({ table, rows: await system.db(schema)(table) }).not.toEqual({ table, rows: [] });
  } finally {
    await system.stop();
  }
}

/** A service's migrations, the oldest first. */
async function migrationsOf(schema: string): Promise<Knex.Migration[]> {
  const folders = ["shared/events/migrations", `services/${schema}/migrations`]
    .map((folder) => path.join(ROOT, folder))
    .filter((folder) => existsSync(folder));
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((file) => path.join(folder, file)),
  );
  return Promise.all(files.map(async (file) => (await import(file)) as Knex.Migration));
}

it.each(SCHEMAS)("every migration of %s can be undone and done again", async (schema) => {
  const db = openDatabase({ url: database.url, schema, poolSize: 1 });
  const left = async () =>
    (await db("pg_class")
      .whereRaw("relnamespace = ?::regnamespace AND relkind IN ('r', 'v', 'S', 'm')", [schema])
      .whereNot("relname", "like", "knex%")
      .orderBy("relname")
      .pluck("relname")) as string[];
  try {
    const migrations = await migrationsOf(schema);
    const before = await left();
    for (const migration of migrations.toReversed()) {
      await migration.down?.(db);
      await migration.up(db);
      await migration.down?.(db);
    }
    expect(await left()).toEqual([]);
    for (const migration of migrations) await migration.up(db);
    expect(await left()).toEqual(before);
  } finally {
    await db.destroy();
  }
});

it("a release starts on the schema of the next one, to go back to", async () => {
  const next = mkdtempSync(path.join(tmpdir(), "migrations-"));
  writeFileSync(
    path.join(next, "9999_next.js"),
    `exports.up = (knex) => knex.raw("CREATE TABLE notes (id uuid)");
     exports.down = (knex) => knex.raw("DROP TABLE notes");`,
  );
  const db = openDatabase({ url: database.url, schema: "cron", poolSize: 2 });
  try {
    await migrate(db, "cron", [...migrationFolders("cron"), next]);
    await migrate(db, "cron", migrationFolders("cron"));
    expect(await missingMigrations(db, "cron", migrationFolders("cron"))).toEqual([]);
    expect(await db("notes")).toEqual([]);
  } finally {
    await db.destroy();
    rmSync(next, { recursive: true });
  }
});
