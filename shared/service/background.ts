import { availableParallelism } from "node:os";

/** How long after somebody has asked for something more questions are expected. */
const ATTENTIVE_MS = 1_000;

/**
 * Lets the work that nobody waits for (pages of billing runs and feeds) leave a processor to those who wait
 * for an answer: while people ask, at most one piece of it fewer than there are processors is under way, in
 * the order in which they came; otherwise all at once. One per process; where everything runs in one,
 * Postgres is on the same machine.
 *
 * On two processors, with 200 requests a second, the slowest hundredth of them took 16 to 43 ms while a
 * billing run and its delivery went on side by side, and 7 to 14 when they took turns; the run takes longer
 * then. Nice levels and scheduling classes for Postgres's processes, smaller pages of feeds, and rests after
 * each did nothing for it.
 */
export class Background {
  readonly #processors: number;
  #underWay = 0;
  #askedAt_ms = -Infinity;
  readonly #waiting: (() => void)[] = [];

  constructor(processors = availableParallelism()) {
    this.#processors = processors;
  }

  /** Somebody waits for an answer. */
  asked(): void {
    this.#askedAt_ms = performance.now();
  }

  /**
   * Does a piece of work when its turn has come. A piece should take a fraction of a second and must not take
   * a turn itself.
   * @throws what the work throws
   */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#most()) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#underWay < this.#most()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#underWay += 1;
      next();
    }
  }

  #most(): number {
    const peopleAsk = performance.now() - this.#askedAt_ms < ATTENTIVE_MS;
    return peopleAsk ? Math.max(1, this.#processors - 1) : Infinity;
  }
}
