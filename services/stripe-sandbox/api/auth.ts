import { createHash, timingSafeEqual } from "node:crypto";
import type { KeyKind } from "./call";
import { unauthorized } from "./errors";

export interface Keys {
  secretKey: string;
  publishableKey: string;
}

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, " +
  "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";

/** Compares two secrets in constant time. */
export function equalSecrets(a: string, b: string): boolean {
  const [left, right] = [a, b].map((value) => createHash("sha256").update(value).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/** The key of a Bearer header, or the user name of a Basic one. */
function keyFrom(header: string): string {
  const [scheme = "", credentials = ""] = header.split(" ", 2);
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return "";
  return Buffer.from(credentials, "base64").toString("utf8").split(":", 1)[0] ?? "";
}

/** The start of a key: enough to recognise it. */
function masked(key: string): string {
  const prefix = /^(?:sk|pk|rk)_(?:test|live)_/.exec(key)?.[0] ?? "";
  return `${prefix}****`;
}

/**
 * Finds out which key a request has.
 * @throws ApiError 401 without a key, or with one that is not this sandbox's
 */
export function authenticate(header: string | undefined, keys: Keys): KeyKind {
  const key = header === undefined ? "" : keyFrom(header);
  if (key === "") throw unauthorized(401, NO_KEY);
  if (equalSecrets(key, keys.secretKey)) return "secret";
  if (equalSecrets(key, keys.publishableKey)) return "publishable";
  throw unauthorized(401, `Invalid API Key provided: ${masked(key)}`);
}

const SECRET_KEY_REQUIRED =
  "This API call cannot be made with a publishable API key. Please use a secret API key.";

/**
 * Checks that a route is open to a kind of key.
 * @throws ApiError 403 for a publishable key where a secret one is needed
 */
export function assertOpenTo(key: KeyKind, publishable: boolean): void {
  if (key === "publishable" && !publishable)
    throw unauthorized(403, SECRET_KEY_REQUIRED, "secret_key_required");
}
