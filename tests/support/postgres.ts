import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { withClient } from "../../shared/db/embedded-postgres/client";
import { prepareDatabases } from "../../shared/process/prepare-databases";

export { type OwnPostgres, startOwnPostgres } from "./own-postgres";

const TEMPLATE = "billing_template";
const TEMPLATE_LOCK = 7_251_001;

/** The database of one test file. */
export interface TestDatabase {
  /** The URL for the superuser. */
  url: string;
  /** Closes all connections and drops the database. */
  drop(): Promise<void>;
}

/**
 * Creates a database in the Postgres that all test files share, with the schemas of all services.
 * The first call of a test run migrates a template; all calls clone it.
 * @param empty true: without schemas
 */
export async function createDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = sharedServer();
  const name = `test_${randomBytes(8).toString("hex")}`;
  await withClient(server, async (client) => {
    if (!empty) await ensureTemplate(client, server);
    await client.query(
      `CREATE DATABASE ${name} TEMPLATE ${empty ? "template0" : TEMPLATE} STRATEGY FILE_COPY`,
    );
  });
  const drop = () =>
    withClient(server, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  return { url: withDatabase(server, name), drop };
}

async function ensureTemplate(client: Client, server: string): Promise<void> {
  await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [TEMPLATE]);
    if (rowCount !== 0) return;
    const unfinished = `${TEMPLATE}_unfinished`;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
    await prepareDatabases(withDatabase(server, unfinished));
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${TEMPLATE}`);
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
  }
}

function sharedServer(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined)
    throw new Error("TEST_DATABASE_URL is not set: run the test with Jest, whose global setup sets it");
  return url;
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
