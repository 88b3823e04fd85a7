import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a device counts as known after its last login. */
export const DEVICE_DAYS = 180;

/** The account that a device belongs to. */
interface Owner {
  id: string;
  password_hash: string;
}

/**
 * Makes the token of a device that has just signed in. Nothing is stored: the password's hash is the secret
 * that only we know, so a new password also ends all device tokens.
 * @param now_ms the wall clock
 * @param device the device's id; a new one, when the device was not known
 */
export function deviceToken(
  owner: Owner,
  now_ms: number,
  device = randomBytes(16).toString("base64url"),
): string {
  const expires_s = Math.floor(now_ms / 1000) + DEVICE_DAYS * 86_400;
  return `${device}.${expires_s}.${seal(owner, device, String(expires_s)).toString("base64url")}`;
}

/** @returns the device's id; undefined when the token is not one of this account, or has expired */
export function knownDevice(token: string, owner: Owner, now_ms: number): string | undefined {
  const [device = "", expires_s = "", given = ""] = token.split(".");
  const expected = seal(owner, device, expires_s);
  const signature = Buffer.from(given, "base64url");
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
  return Number(expires_s) * 1000 > now_ms ? device : undefined;
}

function seal({ id, password_hash }: Owner, device: string, expires_s: string): Buffer {
  return createHmac("sha256", password_hash).update(`device ${id} ${device} ${expires_s}`).digest();
}
