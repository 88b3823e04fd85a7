import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "../db/open-database";
import { isUnreachable } from "../db/transaction";

/**
 * Waits until Postgres takes connections, and says so every few seconds.
 * @param say gets a line for the log
 * @param signal ends the waiting
 * @throws what Postgres answers, if it answers: a wrong password, an unknown database; the signal's reason
 */
export async function waitForPostgres(
  adminUrl: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(adminUrl);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const db = openDatabase({ url: adminUrl, schema: "public", poolSize: 1 });
    try {
      await db.raw("SELECT 1");
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (attempt % 5 === 0)
        say(`waiting for Postgres at ${host}: ${error instanceof Error ? error.message : String(error)}`);
      await delay(1_000, undefined, { signal });
    } finally {
      await db.destroy();
    }
  }
}
