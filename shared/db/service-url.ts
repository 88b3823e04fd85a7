import { createHmac } from "node:crypto";
import { SCHEMAS, type DatabaseUrls, type Schema } from "../config/config";

/** The database role of a service, which can use its schema and no other. */
export const roleOf = (schema: Schema): string => `billing_${schema}`;

/** An administrator's URL with the role of a service in it. */
export function urlOfRole(adminUrl: string, schema: Schema, password: string): string {
  const url = new URL(adminUrl);
  url.username = roleOf(schema);
  url.password = password;
  return url.toString();
}

/**
 * The password of a role where one process runs everything: it is derived from the administrator's, so that
 * there is nothing more to configure.
 */
export function derivedPassword(adminUrl: string, schema: Schema): string {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return createHmac("sha256", secret)
    .update(`role:${roleOf(schema)}`)
    .digest("hex");
}

/** The URL of a service's role, with its derived password. */
export function serviceUrl(adminUrl: string, schema: Schema): string {
  return urlOfRole(adminUrl, schema, derivedPassword(adminUrl, schema));
}

/** The URLs of all services' roles, with derived passwords. */
export function serviceUrls(adminUrl: string): DatabaseUrls {
  return Object.fromEntries(SCHEMAS.map((schema) => [schema, serviceUrl(adminUrl, schema)]));
}
