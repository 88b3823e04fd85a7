import { randomBytes } from "node:crypto";
import { SCHEMAS, type Schema } from "../config/config";
import { withSetupLock } from "../db/locks";
import { migrate } from "../db/migrate";
import { type Limits, openDatabase, type Knex } from "../db/open-database";
import { grantSchema, protectDatabase, protectRecords } from "../db/privileges";
import { endSessions, prepareRole, roleExists } from "../db/roles";
import { derivedPassword, urlOfRole } from "../db/service-url";
import { errorCode } from "../db/transaction";
import { migrationFolders } from "./migration-folders";

const MINIMUM_POSTGRES = 180_000;
/** A migration may take long, but a connection that locks one of its tables must not hold it up for ever. */
const LIMITS: Limits = { statement_ms: 0, lock_ms: 60_000, idleInTransaction_ms: 0 };

/** The password of a service's role; undefined: an existing role keeps its own, a new one gets a random. */
type PasswordOf = (schema: Schema) => string | undefined;

/** What the preparation of the databases has to say. */
export interface Preparation {
  /** URLs of the roles that got a random password, which is stored nowhere else */
  newUrls: Map<Schema, string>;
  /** what the services' roles may and should not, because the administrator's role cannot forbid it */
  tooManyRights: string[];
}

/**
 * Makes the roles and schemas of services, and migrates the schemas. It may run again at any time, also in
 * many processes at once. It also undoes what a service's role did to its own password and settings.
 * @param adminUrl of a role that may create roles and schemas
 * @param passwordOf by default a password that is derived from the administrator's
 * @throws Error when Postgres is older than 18
 */
export async function prepareDatabases(
  adminUrl: string,
  schemas: readonly Schema[] = SCHEMAS,
  passwordOf: PasswordOf = (schema) => derivedPassword(adminUrl, schema),
): Promise<Preparation> {
  const admin = openDatabase({ url: adminUrl, schema: "public", poolSize: 1, limits: LIMITS });
  try {
    await requirePostgresVersion(admin);
    return await withSetupLock(adminUrl, async () => {
      await admin.raw("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public");
      const newUrls = new Map<Schema, string>();
      const preparing = schemas.map(async (schema) => {
        const url = await prepareLogin(admin, adminUrl, schema, passwordOf(schema));
        if (url !== undefined) newUrls.set(schema, url);
        await prepareSchema(admin, adminUrl, schema);
      });
      // When one fails, the others end before the lock is released.
      await Promise.allSettled(preparing);
      await Promise.all(preparing);
      return { newUrls, tooManyRights: await protectDatabase(admin, schemas) };
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

/** @returns the role's URL, if it has a new random password */
async function prepareLogin(
  admin: Knex,
  adminUrl: string,
  schema: Schema,
  given: string | undefined,
): Promise<string | undefined> {
  const exists = await roleExists(admin, schema);
  const random = given === undefined && !exists ? randomBytes(24).toString("base64url") : undefined;
  const replaces = exists && given !== undefined && (await isRefused(urlOfRole(adminUrl, schema, given)));
  await prepareRole(admin, schema, given ?? random);
  if (replaces) await endSessions(admin, schema);
  return random === undefined ? undefined : urlOfRole(adminUrl, schema, random);
}

/** Whether Postgres refuses the password in a URL. */
async function isRefused(url: string): Promise<boolean> {
  const db = openDatabase({ url, schema: "public", poolSize: 1 });
  try {
    await db.raw("SELECT 1");
    return false;
  } catch (error) {
    return errorCode(error) === "28P01";
  } finally {
    await db.destroy();
  }
}

async function prepareSchema(admin: Knex, adminUrl: string, schema: Schema): Promise<void> {
  await admin.raw(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await grantSchema(admin, schema);
  const db = openDatabase({ url: adminUrl, schema, poolSize: 2, limits: LIMITS });
  try {
    await migrate(db, schema, migrationFolders(schema));
  } finally {
    await db.destroy();
  }
  await protectRecords(admin, schema);
}
