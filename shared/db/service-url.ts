import { createHmac } from "node:crypto";

/** The database role of a service: it owns its schema and can access no other. */
export const roleOf = (schema: string): string => `billing_${schema}`;

/**
 * The URL with which a service connects, in its own role. The password of the role is derived from the
 * administrator's, so there is one secret to configure and none to store.
 * @param adminUrl DATABASE_URL
 */
export function serviceUrl(adminUrl: string, schema: string): string {
  const url = new URL(adminUrl);
  const password = createHmac("sha256", decodeURIComponent(url.password))
    .update(`role:${roleOf(schema)}`)
    .digest("hex");
  url.username = roleOf(schema);
  url.password = password;
  return url.toString();
}
