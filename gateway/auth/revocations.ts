import type { Call } from "../../shared/contracts";

/** Access ends within 30 seconds; what was heard longer ago than this says nothing about now. */
const FRESH_FOR_MS = 25_000;

/** Whose access tokens were made void before their time, as identity last told. */
export class Revocations {
  readonly #asSystem: Call;
  #leastVersions = new Map<string, number>();
  #heard_ms = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(asSystem: Call) {
    this.#asSystem = asSystem;
  }

  /**
   * Whether a user's tokens of that version are void. Answers from memory; asks identity only after hearing
   * nothing for long.
   * @throws what the call throws when identity cannot be asked: then nobody can be let in
   */
  async isRevoked(userId: string, tokenVersion: number): Promise<boolean> {
    if (performance.now() - this.#heard_ms > FRESH_FOR_MS) await this.refresh();
    const least = this.#leastVersions.get(userId);
    return least !== undefined && tokenVersion < least;
  }

  /** Takes over identity's present list; who asks meanwhile shares the answer. */
  refresh(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    // The list is as old as the question.
    const asked_ms = performance.now();
    const revocations = await this.#asSystem("identity.revocations", {});
    this.#leastVersions = new Map(revocations.map(({ user_id, token_version }) => [user_id, token_version]));
    this.#heard_ms = asked_ms;
  }
}
