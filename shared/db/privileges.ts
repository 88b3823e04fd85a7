import type { Schema } from "../config/config";
import type { Knex } from "./open-database";
import { alone } from "./roles";
import { roleOf } from "./service-url";
import { errorCode } from "./transaction";

/**
 * Lets the service's role read and write the rows of its schema, and nothing else there: the tables are the
 * administrator's. A role that could create functions or triggers could run code as whoever migrates next.
 * Call it before the migrations, so that a new table never exists without its privileges.
 */
export async function grantSchema(admin: Knex, schema: Schema): Promise<void> {
  const role = roleOf(schema);
  await admin.raw(
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};
     ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
     ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT USAGE, SELECT ON SEQUENCES TO ${role};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
     GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`,
  );
}

/** Services only read which migrations have run, and only add to their audit log. */
export async function protectRecords(admin: Knex, schema: Schema): Promise<void> {
  await admin.raw(
    `REVOKE INSERT, UPDATE, DELETE ON ${schema}.knex_migrations, ${schema}.knex_migrations_lock
     FROM ${roleOf(schema)};
     REVOKE UPDATE, DELETE ON ${schema}.audit_log FROM ${roleOf(schema)}`,
  );
}

const LARGE_OBJECT_FUNCTIONS = `pronamespace = 'pg_catalog'::regnamespace
  AND (starts_with(proname, 'lo_') OR proname IN ('loread', 'lowrite'))`;

/**
 * Takes from all roles what Postgres gives to every role: connecting to this database and to `postgres` and
 * `template1`, temporary tables, objects in `public`, and large objects. Then lets the services connect.
 * @returns what these roles still may, because the administrator's role had no right to take it away
 */
export async function protectDatabase(admin: Knex, schemas: readonly Schema[]): Promise<string[]> {
  const { rows } = await admin.raw<{ rows: { own: string; functions: string }[] }>(
    `SELECT quote_ident(current_database()) AS own,
       string_agg(oid::regprocedure::text, ', ') AS functions
     FROM pg_proc WHERE ${LARGE_OBJECT_FUNCTIONS}`,
  );
  const { own = "", functions = "" } = rows[0] ?? {};
  for (const what of [
    "CREATE ON SCHEMA public",
    `EXECUTE ON FUNCTION ${functions}`,
    ...[own, "postgres", "template1"].map((name) => `CONNECT, TEMPORARY ON DATABASE ${name}`),
  ]) {
    await alone(() => admin.raw(`REVOKE ${what} FROM PUBLIC`)).catch(unlessForbidden);
  }
  const roles = schemas.map(roleOf).join(", ");
  await alone(() => admin.raw(`GRANT CONNECT ON DATABASE ${own} TO ${roles}`));
  return schemas[0] === undefined ? [] : tooManyRights(admin, schemas[0]);
}

/** Not the owner; no such database. */
const FORBIDDEN = new Set(["42501", "3D000"]);

function unlessForbidden(error: unknown): void {
  if (!FORBIDDEN.has(errorCode(error) ?? "")) throw error;
}

/** The services' roles have the same rights outside of their schemas, so that one stands for all. */
async function tooManyRights(admin: Knex, schema: Schema): Promise<string[]> {
  const { rows } = await admin.raw<{ rows: { right: string }[] }>(
    `SELECT 'create objects in the schema public' AS right
     WHERE has_schema_privilege(:role, 'public', 'CREATE')
     UNION ALL
     SELECT 'make large objects' WHERE EXISTS (
       SELECT FROM pg_proc WHERE ${LARGE_OBJECT_FUNCTIONS} AND has_function_privilege(:role, oid, 'EXECUTE')
     )
     UNION ALL
     SELECT 'make temporary tables' WHERE has_database_privilege(:role, current_database(), 'TEMPORARY')
     UNION ALL
     SELECT 'connect to the database ' || datname FROM pg_database
     WHERE datallowconn AND datname <> current_database() AND has_database_privilege(:role, oid, 'CONNECT')`,
    { role: roleOf(schema) },
  );
  return rows.map(({ right }) => right);
}
