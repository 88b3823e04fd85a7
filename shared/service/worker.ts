import type { Logger } from "moleculer";

/** What a worker does again and again, and how often it looks for work when nobody wakes it. */
export interface WorkerOptions {
  name: string;
  /**
   * Does one batch of work and gives its size; 0 means that there is nothing to do now. A batch that takes
   * long checks `stopping` in between, and stops early.
   */
  step: (loop: { stopping: () => boolean }) => Promise<number>;
  interval_ms: number;
  log: Logger;
}

/**
 * Repeats a step until there is nothing to do, then sleeps until it is woken or its interval has passed.
 * Steps never overlap. A step that fails is logged and tried again after the interval.
 */
export class Worker {
  readonly #options: WorkerOptions;
  #draining: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> | undefined;
  #stopping = false;
  #woken = false;
  #endSleep: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Starts the loop. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Makes the loop look for work now; while it works, it will look once more. */
  wake(): void {
    this.#woken = true;
    this.#endSleep?.();
  }

  /**
   * Works until there is nothing to do. While the loop works, it waits for it first.
   * @returns how much was done
   * @throws what the step throws
   */
  drain(): Promise<number> {
    const drained = this.#draining.then(async () => {
      let done = 0;
      while (!this.#stopping) {
        const batch = await this.#options.step({ stopping: () => this.#stopping });
        if (batch === 0) break;
        done += batch;
      }
      return done;
    });
    this.#draining = drained.catch(() => undefined);
    return drained;
  }

  /** Ends the loop after the current step. May be called more than once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endSleep?.();
    await this.#loop;
    await this.#draining;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      try {
        await this.drain();
      } catch (error) {
        if (!this.#stopping) this.#options.log.warn({ err: error }, `${this.#options.name}: will try again`);
      }
      await this.#sleep();
    }
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.interval_ms);
      this.#endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endSleep = undefined;
  }
}
