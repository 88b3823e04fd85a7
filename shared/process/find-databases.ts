import path from "node:path";
import type { Logger } from "pino";
import { SCHEMAS, type Config, type DatabaseUrls } from "../config/config";
import { startEmbeddedPostgres } from "../db/embedded-postgres";
import { serviceUrls } from "../db/service-url";
import { prepareDatabases } from "./prepare-databases";
import type { Shutdown } from "./shutdown";
import { waitForPostgres, waitForSchemas } from "./wait-for-postgres";

const POSTGRES_WITHIN_MS = 9_000;

/**
 * Starts Postgres where it is embedded, and prepares the databases where this process is the administrator.
 * Otherwise waits for the schemas that its services need.
 * @returns the URL of each service's role
 */
export async function findDatabases(
  { databases, dataDir }: Config,
  shutdown: Shutdown,
  log: Logger,
): Promise<DatabaseUrls> {
  const waiting = { say: (line: string) => log.warn(line), signal: shutdown.signal };
  if (databases.kind === "embedded") {
    const postgres = await startEmbeddedPostgres({ dataDir: path.resolve(dataDir), log });
    shutdown.onEnd("Postgres", POSTGRES_WITHIN_MS, () => postgres.stop());
    shutdown.signal.throwIfAborted();
    await prepareDatabases(postgres.url);
    return serviceUrls(postgres.url);
  }
  if (databases.kind === "services") {
    await waitForSchemas(databases.urls, waiting);
    return databases.urls;
  }
  const { adminUrl, urls } = databases;
  await waitForPostgres(adminUrl, waiting);
  log.warn("DATABASE_URL is an administrator's, and every service is in this process; see npm run migrate");
  await prepareDatabases(
    adminUrl,
    SCHEMAS.filter((schema) => urls[schema] === undefined),
  );
  await waitForSchemas(urls, waiting);
  return { ...serviceUrls(adminUrl), ...urls };
}
