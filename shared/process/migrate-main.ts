import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { schemaVariable } from "../config/databases";
import { loadMigrationConfig, type MigrationConfig } from "../config/migration";
import { processLog } from "./logging";
import { prepareDatabases } from "./prepare-databases";
import { reportFailure } from "./run-process";
import { Shutdown } from "./shutdown";
import { waitForPostgres } from "./wait-for-postgres";

/**
 * `npm run migrate`: makes the roles, schemas and privileges of services, migrates, and ends. The URL of a
 * role with a new random password is printed once, as the variable that its service needs, or with
 * `-- --write FILE` written into that file. Logs go to stderr.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: "string" } } });
  const config = loadMigrationConfig(process.env);
  const log = processLog(config, process.stderr);
  const shutdown = new Shutdown(log);
  shutdown.listenToSignals(1);
  await shutdown.start(() => migrateAll(config, shutdown, log, values.write), reportFailure);
  await shutdown.end(0);
}

async function migrateAll(
  { adminUrl, schemas, passwordOf }: MigrationConfig,
  { signal }: Shutdown,
  log: ReturnType<typeof processLog>,
  file: string | undefined,
): Promise<void> {
  // Made before the passwords, which are lost if they cannot be written.
  if (file !== undefined) writeFileSync(file, "", { mode: 0o600, flag: "wx" });
  await waitForPostgres(adminUrl, { say: (line) => log.warn(line), signal });
  const { newUrls, tooManyRights } = await prepareDatabases(adminUrl, schemas, passwordOf);
  const lines = [...newUrls].map(([schema, url]) => `${schemaVariable("DATABASE_URL", schema)}=${url}\n`);
  if (file === undefined) process.stdout.write(lines.join(""));
  else writeFileSync(file, lines.join(""));
  for (const right of tooManyRights) log.warn(`the services' roles can ${right}; an owner may revoke it`);
  log.info(`prepared: ${schemas.join(", ")}`);
}

main().catch((error: unknown) => {
  reportFailure(error);
  process.exit(1);
});
