import { existsSync } from "node:fs";
import path from "node:path";
import { SERVICE_NAMES } from "../config/config";
import { renumberRestoredOutboxes } from "../events/renumber";
import { migrate } from "../db/migrate";
import { withSetupLock } from "../db/locks";
import { openDatabase, type Knex } from "../db/open-database";
import { roleOf, serviceUrl } from "../db/service-url";
import { errorCode } from "../db/transaction";

const MINIMUM_POSTGRES = 180_000;

/** The services with a schema, which has the service's name. */
export const SCHEMAS = SERVICE_NAMES.filter((name) => name !== "gateway");

const ROOT = path.resolve(__dirname, "../..");
const EVENT_PATH_MIGRATIONS = path.join(ROOT, "shared/events/migrations");

/**
 * Makes the missing roles and schemas of all services, migrates all schemas, and repairs the outboxes of a
 * database that was restored into another cluster. Many processes may call it at once, and at every start.
 * @param adminUrl DATABASE_URL: a role that may create roles and schemas
 * @throws Error when Postgres is older than 18
 */
export async function prepareDatabases(adminUrl: string): Promise<void> {
  const admin = openDatabase({ url: adminUrl, schema: "public", poolSize: 1 });
  try {
    await requirePostgresVersion(admin);
    await admin.raw("SET lock_timeout = 0; SET statement_timeout = 0");
    await withSetupLock(adminUrl, async () => {
      await admin.raw("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public");
      for (const schema of SCHEMAS) await prepareSchema(admin, adminUrl, schema);
      await renumberRestoredOutboxes(admin, SCHEMAS);
    });
  } finally {
    await admin.destroy();
  }
}

async function requirePostgresVersion(admin: Knex): Promise<void> {
  const { rows } = await admin.raw<{ rows: { server_version_num: string }[] }>("SHOW server_version_num");
  const version = Number(rows[0]?.server_version_num);
  if (version < MINIMUM_POSTGRES)
    throw new Error(`Postgres 18 or newer is needed, this one is ${Math.floor(version / 10_000)}`);
}

async function prepareSchema(admin: Knex, adminUrl: string, schema: string): Promise<void> {
  const role = roleOf(schema);
  const password = new URL(serviceUrl(adminUrl, schema)).password;
  // DDL takes no bind parameters; the role's name is ours and the password is hexadecimal.
  await admin
    .raw(`CREATE ROLE ${role} LOGIN PASSWORD '${password}' CONNECTION LIMIT -1`)
    .catch((error: unknown) => {
      if (errorCode(error) !== "42710" && errorCode(error) !== "23505") throw error;
    });
  await admin.raw(`GRANT ${role} TO CURRENT_USER`);
  await admin.raw(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${role}`);

  let db = openDatabase({ url: serviceUrl(adminUrl, schema), schema, poolSize: 2 });
  try {
    if (await passwordIsOutdated(db)) {
      await db.destroy();
      await admin.raw(`ALTER ROLE ${role} PASSWORD '${password}'`);
      db = openDatabase({ url: serviceUrl(adminUrl, schema), schema, poolSize: 2 });
    }
    const own = path.join(ROOT, "services", schema, "migrations");
    await migrate(db, schema, [EVENT_PATH_MIGRATIONS, ...(existsSync(own) ? [own] : [])]);
  } finally {
    await db.destroy();
  }
}

async function passwordIsOutdated(db: Knex): Promise<boolean> {
  try {
    await db.raw("SELECT 1");
    return false;
  } catch (error) {
    if (errorCode(error) === "28P01") return true;
    throw error;
  }
}
