import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** Argon2id as the OWASP Password Storage Cheat Sheet asks for at the least: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Keyboards differ in how they compose an accented letter; the same word must be the same password on all of
 * them.
 */
const sameOnAllKeyboards = (password: string): string => password.normalize("NFKC");

/** The hash to store for a password. */
export function hashPassword(password: string): Promise<string> {
  return hash(sameOnAllKeyboards(password), COST);
}

/** Whether a password is the one that was hashed. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, sameOnAllKeyboards(password));
}

/** A random password of 144 bits, for people to copy. */
export function randomPassword(): string {
  return randomBytes(18).toString("base64url");
}
