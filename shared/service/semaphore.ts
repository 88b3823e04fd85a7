/** Lets a limited number of pieces of work run at once; the others wait in the order in which they came. */
export class Semaphore {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param limit how many may run at this moment; a limit that rises lets waiting work start when a piece
   *   ends
   */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Runs a piece of work as soon as the limit allows. @throws what the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limit()) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#startWaiting();
    }
  }

  #startWaiting(): void {
    while (this.#running < this.#limit()) {
      const start = this.#waiting.shift();
      if (start === undefined) return;
      this.#running += 1;
      start();
    }
  }
}
