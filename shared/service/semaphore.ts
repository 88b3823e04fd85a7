import { overloaded, type BillingError } from "../errors";

const RETRY_AFTER_S = 2;

interface Waiting {
  start: () => void;
  refuse: (error: BillingError) => void;
}

/**
 * Lets a limited number of pieces of work run at once. The others wait, in lanes that take turns: within a
 * lane in the order in which they came. So nobody who sends a lot of work delays others by more than a turn.
 */
export class Semaphore {
  readonly #limit: () => number;
  readonly #maxWaiting: number;
  /** in the order of their turns; none is empty */
  readonly #lanes = new Map<string, Waiting[]>();
  #waiting = 0;
  #running = 0;

  /**
   * @param limit how many may run at this moment; a limit that rises lets waiting work start when a piece
   *   ends
   * @param maxWaiting how many may wait; when more come, the last piece of the longest lane is refused
   */
  constructor(limit: () => number, maxWaiting = Infinity) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a piece of work as soon as the limit allows.
   * @param lane whose work it is
   * @throws what the work throws; BillingError 503 with `retry_after_s` when too much work waits
   */
  async run<T>(work: () => Promise<T>, lane = ""): Promise<T> {
    if (this.#running < this.#limit()) this.#running += 1;
    else await this.#wait(lane);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startWaiting();
    }
  }

  #wait(lane: string): Promise<void> {
    return new Promise<void>((start, refuse) => {
      const waiting = this.#lanes.get(lane) ?? [];
      waiting.push({ start, refuse });
      this.#lanes.set(lane, waiting);
      this.#waiting += 1;
      if (this.#waiting > this.#maxWaiting) this.#refuseLast(waiting);
    });
  }

  /** @param newest the lane that has just grown: of lanes of equal length, it is the one that gives way */
  #refuseLast(newest: Waiting[]): void {
    let longest = newest;
    for (const lane of this.#lanes.values()) if (lane.length > longest.length) longest = lane;
    const last = longest.pop();
    this.#waiting -= 1;
    for (const [lane, { length }] of this.#lanes) if (length === 0) this.#lanes.delete(lane);
    last?.refuse(overloaded(RETRY_AFTER_S));
  }

  #startWaiting(): void {
    while (this.#running < this.#limit()) {
      const [turn] = this.#lanes;
      if (turn === undefined) return;
      const [lane, waiting] = turn;
      this.#lanes.delete(lane);
      const next = waiting.shift();
      if (waiting.length > 0) this.#lanes.set(lane, waiting);
      this.#waiting -= 1;
      this.#running += 1;
      next?.start();
    }
  }
}
