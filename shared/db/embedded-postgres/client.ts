import { setTimeout as sleep } from "node:timers/promises";
import { Client, DatabaseError } from "pg";

/** The server has ended, or did not start. */
export class ServerGone extends Error {}

/** Runs `work` on a new connection, which is closed afterwards. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that breaks between two queries emits an error event; without a listener it ends the
  // process.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Waits until Postgres accepts connections. After a crash it recovers first, however long that takes.
 * @param isAlive whether the server is still running
 * @throws ServerGone when it is not; DatabaseError when Postgres refuses the connection for another reason
 */
export async function waitUntilReady(url: string, isAlive: () => boolean): Promise<void> {
  for (;;) {
    const failure = await withClient(url, (client) => client.query("SELECT")).then(
      () => undefined,
      (error: Error) => error,
    );
    if (failure === undefined) return;
    if (!isAlive()) throw new ServerGone(failure.message);
    // 57P03: it is starting, recovering or shutting down.
    if (failure instanceof DatabaseError && failure.code !== "57P03") throw failure;
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
