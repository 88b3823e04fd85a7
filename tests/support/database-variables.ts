import { SCHEMAS } from "../../shared/config/config";
import { schemaVariable } from "../../shared/config/databases";
import { serviceUrl } from "../../shared/db/service-url";

/**
 * The variables with which processes of any services use a database, each service in its own role.
 * @param adminUrl of a database that `prepareDatabases` has prepared
 * @param schemas those that are in this database
 */
export function databaseVariables(adminUrl: string, schemas = SCHEMAS): Record<string, string> {
  return Object.fromEntries(
    schemas.map((schema) => [schemaVariable("DATABASE_URL", schema), serviceUrl(adminUrl, schema)]),
  );
}
