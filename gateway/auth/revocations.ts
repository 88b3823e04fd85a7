import type { Call } from "../../shared/contracts";

/** Revoked access ends within 30 seconds, so an older list is not used. */
const FRESH_FOR_MS = 25_000;

/** The access tokens that were revoked before they expired, as identity last listed them. */
export class Revocations {
  readonly #asGateway: Call;
  #oldestValidVersions = new Map<string, number>();
  #listed_ms = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(asGateway: Call) {
    this.#asGateway = asGateway;
  }

  /**
   * Whether a user's tokens of this version are revoked. Asks identity only when the list in memory is old.
   * @throws what the call to identity throws; the caller must then refuse the token
   */
  async isRevoked(userId: string, tokenVersion: number): Promise<boolean> {
    if (performance.now() - this.#listed_ms > FRESH_FOR_MS) await this.refresh();
    const oldestValid = this.#oldestValidVersions.get(userId);
    return oldestValid !== undefined && tokenVersion < oldestValid;
  }

  /** Reads identity's current list. Calls at the same time share one request. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#readRevocations().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readRevocations(): Promise<void> {
    // The list is as old as the request for it.
    const requested_ms = performance.now();
    const revocations = await this.#asGateway("identity.revocations", {});
    this.#oldestValidVersions = new Map(
      revocations.map(({ user_id, token_version }) => [user_id, token_version]),
    );
    this.#listed_ms = requested_ms;
  }
}
