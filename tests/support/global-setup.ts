import { type OwnPostgres, startOwnPostgres } from "./own-postgres";
import { removeLeftovers } from "./leftovers";

declare global {
  /** The Postgres that all test files share; the teardown needs it. */
  var sharedPostgres: OwnPostgres | undefined;
}

/** Starts the Postgres that all test files share. Each creates its own databases (support/postgres.ts). */
export default async function globalSetup(): Promise<void> {
  await removeLeftovers();
  const postgres = await startOwnPostgres();
  globalThis.sharedPostgres = postgres;
  process.env.TEST_DATABASE_URL = postgres.url;
  // Jest does not run the teardown when it is interrupted.
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => void postgres.remove().finally(() => process.exit(status)));
  }
}
