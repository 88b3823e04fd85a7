import type { KeyObject } from "node:crypto";

/** What an access token says of whoever carries it; `exp` in seconds since 1970. */
interface Claims {
  exp: number;
}

/** As many as there may be customers at work at a time; the oldest makes room for the next. */
const KEPT = 10_000;

/**
 * Access tokens whose signatures were found good, so that each is verified once and not with every request:
 * that costs more than all else the gateway does for it (130 of 635 µs in a bare handler). Only the exact
 * text is known again, only with the very key that verified it, and only until it expires.
 */
export class VerifiedTokens<Known extends Claims> {
  readonly #known = new Map<string, { key: KeyObject; claims: Known }>();

  /**
   * The claims of a token that was remembered; undefined where its signature must be looked at (again).
   * @param isKnown whether a key still verifies tokens
   */
  find(token: string, isKnown: (key: KeyObject) => boolean): Known | undefined {
    const found = this.#known.get(token);
    if (found === undefined) return undefined;
    if (found.claims.exp * 1000 > Date.now() && isKnown(found.key)) return found.claims;
    this.#known.delete(token);
    return undefined;
  }

  remember(token: string, key: KeyObject, claims: Known): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(token, { key, claims });
  }
}
