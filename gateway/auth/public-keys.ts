import type { Call } from "../../shared/contracts";
import { createPublicKey, type KeyObject } from "node:crypto";

/** Limits how often tokens with unknown key ids make us ask identity. */
const REFRESH_AT_MOST_EVERY_MS = 3_000;

/** The public keys that verify access tokens, as identity last listed them. */
export class PublicKeys {
  readonly #asGateway: Call;
  #keys = new Map<string, { pem: string; key: KeyObject }>();
  #refreshed_ms = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(asGateway: Call) {
    this.#asGateway = asGateway;
  }

  /**
   * Finds a key by its id. Asks identity when the id is unknown, at most every three seconds.
   * @returns undefined when identity has no such key
   * @throws what the call to identity throws
   */
  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known.key;
    if (this.#refreshing !== undefined || performance.now() - this.#refreshed_ms >= REFRESH_AT_MOST_EVERY_MS)
      await this.refresh();
    return this.#keys.get(kid)?.key;
  }

  /** Whether this key still verifies tokens. */
  has(key: KeyObject): boolean {
    for (const held of this.#keys.values()) if (held.key === key) return true;
    return false;
  }

  /** Reads identity's current keys. Calls at the same time share one request. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#readKeys().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readKeys(): Promise<void> {
    const keys = await this.#asGateway("identity.publicKeys", {});
    this.#keys = new Map(
      keys.map(({ kid, pem }) => [kid, this.#unchanged(kid, pem) ?? { pem, key: createPublicKey(pem) }]),
    );
    // Only after an answer: while identity is not available, each request may try again.
    this.#refreshed_ms = performance.now();
  }

  /** Keeps the object of an unchanged key: `VerifiedTokens` compares keys by identity. */
  #unchanged(kid: string, pem: string): { pem: string; key: KeyObject } | undefined {
    const held = this.#keys.get(kid);
    return held?.pem === pem ? held : undefined;
  }
}
