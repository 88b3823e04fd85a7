import type { Schema } from "../config/config";
import type { Knex } from "./open-database";
import { scramVerifier } from "./scram";
import { roleOf } from "./service-url";
import { errorCode } from "./transaction";

/**
 * Makes the role of a service, or repairs the existing one: a role may change its own password and settings,
 * and Postgres cannot forbid it.
 * @param admin a connection that may create roles
 * @param password undefined: that of an existing role stays as it is
 */
export async function prepareRole(admin: Knex, schema: Schema, password: string | undefined): Promise<void> {
  const role = roleOf(schema);
  // DDL takes no bind parameters. The names are ours, and a verifier has no quotes.
  const secret = password === undefined ? "" : `PASSWORD '${scramVerifier(password)}'`;
  const attributes = `LOGIN CONNECTION LIMIT ${await connectionLimit(admin)} ${secret}`;
  await alone(() => admin.raw(`CREATE ROLE ${role} ${attributes}`)).catch(async (error: unknown) => {
    if (!EXISTS.has(errorCode(error) ?? "")) throw error;
    await alone(() => admin.raw(`ALTER ROLE ${role} ${attributes}`));
    for (const where of ["", `IN DATABASE ${await ownDatabase(admin)}`])
      await alone(() => admin.raw(`ALTER ROLE ${role} ${where} RESET ALL`));
  });
  await alone(() => admin.raw(`GRANT ${role} TO CURRENT_USER`));
}

export async function roleExists(admin: Knex, schema: Schema): Promise<boolean> {
  const { rows } = await admin.raw<{ rows: object[] }>("SELECT FROM pg_roles WHERE rolname = ?", [
    roleOf(schema),
  ]);
  return rows.length > 0;
}

/** Ends the connections of a role; a thief's would outlive a new password. */
export async function endSessions(admin: Knex, schema: Schema): Promise<void> {
  await admin.raw("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?", [
    roleOf(schema),
  ]);
}

async function ownDatabase(admin: Knex): Promise<string> {
  const { rows } = await admin.raw<{ rows: { own: string }[] }>(
    "SELECT quote_ident(current_database()) AS own",
  );
  return rows[0]?.own ?? "";
}

/** One role cannot take all connections; a few instances of a service find room. */
async function connectionLimit(admin: Knex): Promise<number> {
  const { rows } = await admin.raw<{ rows: { max: number }[] }>(
    "SELECT current_setting('max_connections')::integer AS max",
  );
  return Math.max(20, Math.floor((rows[0]?.max ?? 0) / 3));
}

const EXISTS = new Set(["42710", "23505"]);
const ATTEMPTS = 20;

/**
 * Runs a statement about what all databases of a server share, again where another database's preparation ran
 * the same one at this moment ("tuple concurrently updated").
 */
export async function alone<T>(statement: () => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement();
    } catch (error) {
      if (errorCode(error) !== "XX000" || attempt === ATTEMPTS) throw error;
    }
  }
}
