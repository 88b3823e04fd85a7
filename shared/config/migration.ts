import { z } from "zod";
import { oncePerSchema, postgresUrl, schemaVariable } from "./databases";
import { logFormat, logLevel, serviceList } from "./environment";
import { parseVariables } from "./parse";
import { SCHEMAS, type Schema } from "./service-names";

/** Passwords become parts of URLs, where other characters would have to be encoded. */
const password = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,}$/, "must have at least 16 characters, all of them letters, digits, - or _");

const variables = z.object({
  ADMIN_DATABASE_URL: z
    .string({ error: "is missing; it is the URL of a role that may create roles and schemas" })
    .pipe(postgresUrl),
  ...oncePerSchema("DATABASE_PASSWORD", password.optional()),
  SERVICES: serviceList.default([...SCHEMAS]),
  LOG_LEVEL: logLevel.optional(),
  LOG_FORMAT: logFormat.optional(),
});

/**
 * Reads the configuration of `npm run migrate`.
 * @throws ConfigError naming each variable that is malformed or missing
 */
export function loadMigrationConfig(env: Record<string, string | undefined>) {
  const vars = parseVariables(variables, env);
  return {
    adminUrl: vars.ADMIN_DATABASE_URL,
    schemas: SCHEMAS.filter((schema) => vars.SERVICES.includes(schema)),
    passwordOf: (schema: Schema) => vars[schemaVariable("DATABASE_PASSWORD", schema)],
    logLevel: vars.LOG_LEVEL ?? ("info" as const),
    logFormat: vars.LOG_FORMAT,
  };
}
export type MigrationConfig = ReturnType<typeof loadMigrationConfig>;
