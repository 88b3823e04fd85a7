import type { Call } from "../../shared/contracts";
import { createPublicKey, type KeyObject } from "node:crypto";

/** Tokens that name keys nobody has must not make the gateway ask all the time. */
const ASK_AGAIN_AFTER_MS = 3_000;

/** The public keys that verify access tokens, as identity last told of them. */
export class PublicKeys {
  readonly #asSystem: Call;
  #keys = new Map<string, { pem: string; key: KeyObject }>();
  #asked_ms = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(asSystem: Call) {
    this.#asSystem = asSystem;
  }

  /**
   * The key of that id; identity is asked when it is not known, at most every three seconds.
   * @returns undefined where identity has no such key
   * @throws what the call throws when identity cannot be asked
   */
  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined) return known.key;
    if (this.#asking !== undefined || performance.now() - this.#asked_ms >= ASK_AGAIN_AFTER_MS)
      await this.refresh();
    return this.#keys.get(kid)?.key;
  }

  /** Whether the ring holds this very key. */
  has(key: KeyObject): boolean {
    for (const held of this.#keys.values()) if (held.key === key) return true;
    return false;
  }

  /** Takes over identity's present keys; who asks meanwhile shares the answer. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const keys = await this.#asSystem("identity.publicKeys", {});
    this.#keys = new Map(
      keys.map(({ kid, pem }) => [kid, this.#kept(kid, pem) ?? { pem, key: createPublicKey(pem) }]),
    );
    // Only an answer counts: while identity is away, every request may find it back.
    this.#asked_ms = performance.now();
  }

  /** A key that has not changed stays the same object: by it, tokens that it has verified are known again. */
  #kept(kid: string, pem: string): { pem: string; key: KeyObject } | undefined {
    const held = this.#keys.get(kid);
    return held?.pem === pem ? held : undefined;
  }
}
