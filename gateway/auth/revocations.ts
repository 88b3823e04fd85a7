import type { Call, ResultOf } from "../../shared/contracts";

/** Revoked access ends within 30 seconds, so an older list is not used. */
const FRESH_FOR_MS = 25_000;

/** The sessions that have ended before their access tokens expired, as identity last listed them. */
export class Revocations {
  readonly #asGateway: Call;
  #ended: ReadonlySet<string> = new Set();
  #listed_ms = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(asGateway: Call) {
    this.#asGateway = asGateway;
  }

  /**
   * Whether a session has ended. Asks identity only when the list in memory is old.
   * @throws what the call to identity throws; the caller must then refuse the token
   */
  async isRevoked(sessionId: string): Promise<boolean> {
    if (performance.now() - this.#listed_ms > FRESH_FOR_MS) await this.refresh();
    return this.#ended.has(sessionId);
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
    const ended = new Set<string>();
    let cursor: string | null = null;
    do {
      const page: ResultOf<"identity.revocations"> = await this.#asGateway(
        "identity.revocations",
        cursor === null ? {} : { cursor },
      );
      for (const id of page.items) ended.add(id);
      cursor = page.next;
    } while (cursor !== null);
    this.#ended = ended;
    this.#listed_ms = requested_ms;
  }
}
