import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/**
 * The largest multiple of 62 in a byte: bytes above it are thrown away, so that every letter is equally
 * likely.
 */
const FAIR_LIMIT = 248;

/** Unguessable letters and digits. */
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

/** The capability to see and confirm one intent: `pi_…_secret_…`. */
export function clientSecretOf(id: string): string {
  return `${id}_secret_${randomText(25)}`;
}
