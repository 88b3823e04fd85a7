import { createHash, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;

/** A new secret, and the hash of it that is stored. */
export function newSecret(): { secret: string; sha256: Buffer } {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  return { secret, sha256: hashOfSecret(secret) };
}

/** SHA-256 is enough: nobody can try all secrets of 32 bytes. */
export function hashOfSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
