import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** Argon2id with the minimum of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Keyboards encode accented letters in different ways; the password must be the same on all of them. */
const normalized = (password: string): string => password.normalize("NFKC");

/** Gives the hash to store for a password. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalized(password), COST);
}

/** Whether the password matches the hash. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, normalized(password));
}

/** Creates a random password of 144 bits. It never begins with `-`, which commands take for an option. */
export function randomPassword(): string {
  const password = randomBytes(18).toString("base64url");
  return password.startsWith("-") ? randomPassword() : password;
}
