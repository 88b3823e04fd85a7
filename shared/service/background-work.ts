import { availableParallelism } from "node:os";
import { Semaphore } from "./semaphore";

/** After a request, more requests are expected for so long. */
const BUSY_MS = 1_000;

/**
 * Limits the work that nobody waits for: pages of billing runs and of feeds. While requests come in, it
 * leaves one processor to them; otherwise it has no limit. There is one per process; where one process runs
 * everything, Postgres uses the same processors.
 *
 * Two processors, 200 requests a second during a billing run and its events: the 99th percentile was 16 to 43
 * ms without the limit, 7 to 14 ms with it; the run takes longer. tried without effect: nice levels and
 * scheduling classes for Postgres, smaller pages of feeds, pauses
 */
export class BackgroundWork {
  readonly #semaphore: Semaphore;
  #requested_ms = -Infinity;

  constructor(processors = availableParallelism()) {
    this.#semaphore = new Semaphore(() => (this.#isBusy() ? Math.max(1, processors - 1) : Infinity));
  }

  /** Somebody waits for an answer. */
  requested(): void {
    this.#requested_ms = performance.now();
  }

  /**
   * Runs a piece of background work as soon as the limit allows. A piece takes a fraction of a second, and
   * runs no other piece itself.
   * @throws what the work throws
   */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#semaphore.run(work);
  }

  #isBusy(): boolean {
    return performance.now() - this.#requested_ms < BUSY_MS;
  }
}
