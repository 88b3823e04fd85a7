import type { Logger } from "moleculer";

/** What a worker does over and over, and how often it looks by itself when nobody wakes it. */
export interface WorkerOptions {
  name: string;
  /**
   * Does one helping of work and gives how much that was; 0 means that there is nothing to do now. A long
   * helping asks `stopping` now and then, and breaks off.
   */
  step: (loop: { stopping: () => boolean }) => Promise<number>;
  interval_ms: number;
  log: Logger;
}

/**
 * Repeats a step until it finds nothing to do, then sleeps until it is woken or its interval has passed.
 * Steps never overlap, and a failing step is logged and tried again after the interval.
 */
export class Worker {
  readonly #options: WorkerOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> | undefined;
  #stopping = false;
  #rung = false;
  #ring: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Starts the loop. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Makes the loop look now; while it works, it will look once more. */
  wake(): void {
    this.#rung = true;
    this.#ring?.();
  }

  /**
   * Works until there is nothing to do; waits for its turn where the loop is at work.
   * @returns how much was done
   * @throws what the step throws
   */
  drain(): Promise<number> {
    const drained = this.#turn.then(async () => {
      let done = 0;
      while (!this.#stopping) {
        const helping = await this.#options.step({ stopping: () => this.#stopping });
        if (helping === 0) break;
        done += helping;
      }
      return done;
    });
    this.#turn = drained.catch(() => undefined);
    return drained;
  }

  /** Ends the loop after the step at hand. May be called more than once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ring?.();
    await this.#loop;
    await this.#turn;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#rung = false;
      try {
        await this.drain();
      } catch (error) {
        if (!this.#stopping) this.#options.log.warn({ err: error }, `${this.#options.name} will try again`);
      }
      await this.#sleep();
    }
  }

  async #sleep(): Promise<void> {
    if (this.#rung || this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.interval_ms);
      this.#ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#ring = undefined;
  }
}
