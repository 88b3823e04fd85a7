import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Larger bytes are thrown away, so that each of the 62 letters is equally likely: 248 = 4 × 62. */
const FAIR_LIMIT = 248;

/** Random letters and digits that nobody can guess. */
export function randomText(length: number): string {
  let result = "";
  while (result.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < FAIR_LIMIT && result.length < length) result += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return result;
}

/** An id in Stripe's style: `pi_` and 24 letters. */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(24)}`;
}

/** The secret that lets a browser see and confirm one intent: `pi_…_secret_…`. */
export function clientSecretOf(id: string): string {
  return `${id}_secret_${randomText(25)}`;
}

/** The id in a reference. Objects refer to each other by id; only answers are expanded. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === "string" || reference === null ? reference : reference.id;
}
