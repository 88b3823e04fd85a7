import { type OwnPostgres, startOwnPostgres } from "./own-postgres";
import { sweepLeftovers } from "./sweep";

declare global {
  /** The Postgres that all test files share, for the teardown to find. */
  var sharedPostgres: OwnPostgres | undefined;
}

/**
 * Starts the one Postgres that all test files share; each makes databases of its own in it
 * (support/postgres.ts).
 */
export default async function globalSetup(): Promise<void> {
  await sweepLeftovers();
  const postgres = await startOwnPostgres();
  globalThis.sharedPostgres = postgres;
  process.env.TEST_DATABASE_URL = postgres.url;
  // Jest skips its teardown when it is interrupted.
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => void postgres.remove().finally(() => process.exit(status)));
  }
}
