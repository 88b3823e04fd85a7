/** Stops the Postgres that the global setup started. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.sharedPostgres?.remove();
}
