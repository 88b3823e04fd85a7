import { setTimeout as delay } from "node:timers/promises";
import { SCHEMAS, type DatabaseUrls, type Schema } from "../config/config";
import { missingMigrations } from "../db/migrate";
import { openDatabase, type Knex } from "../db/open-database";
import { isUnreachable, plainMessage } from "../db/transaction";
import { migrationFolders } from "./migration-folders";

const PAUSE_MS = 1_000;
/** How many pauses lie between two lines that say what is waited for. */
const SAID_EVERY = 5;

/** Gives what is still missing, as a line for the log; undefined: nothing. */
type Look = (db: Knex) => Promise<string | undefined>;

/** How to wait: `say` gets a line for the log, `signal` ends the waiting. */
interface Waiting {
  say: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Waits until Postgres takes connections of the administrator, and says so every few seconds.
 * @throws what Postgres answers, if it answers: a wrong password, an unknown database; the signal's reason
 */
export async function waitForPostgres(adminUrl: string, waiting: Waiting): Promise<void> {
  await waitFor(adminUrl, "public", waiting, async (db) => {
    await db.raw("SELECT 1");
    return undefined;
  });
}

/**
 * Waits until the schemas of services have all the migrations of this release, and says so every few seconds.
 * @throws Error when Postgres refuses a role; the signal's reason
 */
export async function waitForSchemas(urls: DatabaseUrls, waiting: Waiting): Promise<void> {
  await Promise.all(
    SCHEMAS.map(async (schema) => {
      const url = urls[schema];
      if (url !== undefined) await waitForSchema(schema, url, waiting);
    }),
  );
}

async function waitForSchema(schema: Schema, url: string, waiting: Waiting): Promise<void> {
  try {
    await waitFor(url, schema, waiting, async (db) => {
      const missing = await missingMigrations(db, schema, migrationFolders(schema));
      if (missing.length === 0) return undefined;
      return `waiting for the schema ${schema}: it lacks ${missing.join(", ")}; run npm run migrate`;
    });
  } catch (error) {
    waiting.signal.throwIfAborted();
    const { username, host } = new URL(url);
    const reason = `Postgres at ${host} refuses ${username}, the role of ${schema}: ${plainMessage(error)}`;
    throw new Error(`${reason}; npm run migrate makes roles and their passwords`, { cause: error });
  }
}

/** Looks every second, until nothing is missing. */
async function waitFor(url: string, schema: string, { say, signal }: Waiting, look: Look): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const wanted = await lookOnce(url, schema, look);
    if (wanted === undefined) return;
    if (attempt % SAID_EVERY === 0) say(wanted);
    await delay(PAUSE_MS, undefined, { signal });
  }
}

async function lookOnce(url: string, schema: string, look: Look): Promise<string | undefined> {
  const db = openDatabase({ url, schema, poolSize: 1 });
  try {
    return await look(db);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return `waiting for Postgres at ${new URL(url).host}: ${plainMessage(error)}`;
  } finally {
    await db.destroy();
  }
}
