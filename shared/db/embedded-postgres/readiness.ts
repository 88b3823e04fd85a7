import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";

/** The server went away, or never came up. */
export class ServerGone extends Error {}

/** Runs something on one connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that breaks between two queries says so by an event, which nobody else listens to.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Waits until Postgres takes connections. After a crash it recovers first, however long that takes.
 * @param isAlive tells whether waiting still makes sense
 * @throws ServerGone when it no longer does; DatabaseError when Postgres refuses us for good
 */
export async function waitUntilReady(url: string, isAlive: () => boolean): Promise<void> {
  for (;;) {
    const refusal = await withClient(url, (client) => client.query("SELECT")).then(
      () => undefined,
      (error: Error) => error,
    );
    if (refusal === undefined) return;
    if (!isAlive()) throw new ServerGone(refusal.message);
    // 57P03: it starts up, recovers or shuts down.
    if (refusal instanceof DatabaseError && refusal.code !== "57P03") throw refusal;
    await sleep(20);
  }
}

/** Creates a database unless it exists. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
}
