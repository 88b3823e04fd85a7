import type { KeyObject } from "node:crypto";

/** The claims of an access token; `exp` in seconds since 1970. */
interface Claims {
  exp: number;
}

/** Enough for the users of one moment; the oldest entry leaves first. */
const MAX_TOKENS = 10_000;

/**
 * A cache of verified access tokens. To verify a signature is the largest cost of a request (130 of 635 µs
 * with an empty handler), so each token is verified once. An entry holds for the same text, while the key
 * that verified it is still in use, until the token expires.
 */
export class VerifiedTokens<TokenClaims extends Claims> {
  readonly #tokens = new Map<string, { key: KeyObject; claims: TokenClaims }>();

  /**
   * @param isCurrent whether a key is still in use
   * @returns the claims; undefined when the signature must be verified (again)
   */
  find(token: string, isCurrent: (key: KeyObject) => boolean): TokenClaims | undefined {
    const found = this.#tokens.get(token);
    if (found === undefined) return undefined;
    if (found.claims.exp * 1000 > Date.now() && isCurrent(found.key)) return found.claims;
    this.#tokens.delete(token);
    return undefined;
  }

  remember(token: string, key: KeyObject, claims: TokenClaims): void {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    this.#tokens.set(token, { key, claims });
  }
}
