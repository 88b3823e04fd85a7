import { z } from "zod";
import { SCHEMAS, type Schema, type ServiceName } from "./service-names";

/** A variable that exists once for each schema, like `DATABASE_URL_CATALOG`. */
export type SchemaVariable<Name extends string> = `${Name}_${Uppercase<Schema>}`;

/** URLs of databases, each for the role of one service. */
export type DatabaseUrls = Partial<Record<Schema, string>>;

/** Where the services of a process find their data. */
export type Databases =
  /** in a Postgres that this process starts */
  | { kind: "embedded" }
  /** each with the URL of its own role */
  | { kind: "services"; urls: DatabaseUrls }
  /**
   * all services are in this process, which prepares the schemas as the administrator; `urls` are those of
   * services whose data are elsewhere
   */
  | { kind: "administrator"; adminUrl: string; urls: DatabaseUrls };

export const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: "must be a URL, such as postgresql://user:password@host/database",
});

export function schemaVariable<Name extends string>(name: Name, schema: Schema): SchemaVariable<Name> {
  return `${name}_${schema.toUpperCase() as Uppercase<Schema>}`;
}

/** The shape of a variable that exists once for each schema. */
export function oncePerSchema<Name extends string, Value>(name: Name, value: Value) {
  const entries = SCHEMAS.map((schema) => [schemaVariable(name, schema), value]);
  return Object.fromEntries(entries) as Record<SchemaVariable<Name>, Value>;
}

/** The variables that say where the data are. */
export type DatabaseVariables = {
  [Name in "DATABASE_URL" | SchemaVariable<"DATABASE_URL">]?: string | undefined;
};

/** Where the data of a process are, and one line for each variable that is missing or wrong. */
export function readDatabases(
  vars: DatabaseVariables,
  {
    services,
    needed,
    embeddable,
  }: { services: readonly ServiceName[]; needed: boolean; embeddable: boolean },
): { databases: Databases; broken: string[] } {
  const schemas = SCHEMAS.filter((schema) => services.includes(schema));
  const { DATABASE_URL: shared } = vars;
  const urls: DatabaseUrls = {};
  for (const schema of schemas) {
    const url = vars[schemaVariable("DATABASE_URL", schema)] ?? (schemas.length === 1 ? shared : undefined);
    if (url !== undefined) urls[schema] = url;
  }
  const missing = schemas.filter((schema) => urls[schema] === undefined);
  if (missing.length === 0) return { databases: { kind: "services", urls }, broken: [] };
  if (schemas.length === SCHEMAS.length && shared !== undefined) {
    return { databases: { kind: "administrator", adminUrl: shared, urls }, broken: brokenAdminUrl(shared) };
  }
  if (embeddable && missing.length === schemas.length) return { databases: { kind: "embedded" }, broken: [] };
  return { databases: { kind: "services", urls }, broken: needed ? missingUrls(schemas, missing) : [] };
}

function brokenAdminUrl(url: string): string[] {
  if (!URL.canParse(url) || new URL(url).password !== "") return [];
  return ["DATABASE_URL: must carry a password: those of the services' database roles are derived from it"];
}

function missingUrls(schemas: readonly Schema[], missing: readonly Schema[]): string[] {
  if (schemas.length === 1) return [`DATABASE_URL: is missing; ${missing[0]} needs the URL of its own role`];
  if (missing.length === SCHEMAS.length)
    return ["DATABASE_URL: is missing; with NATS_URL set, there is no embedded Postgres"];
  return missing.map(
    (schema) =>
      `${schemaVariable("DATABASE_URL", schema)}: is missing; several services in a process need a URL each`,
  );
}
