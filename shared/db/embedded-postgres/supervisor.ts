import type { Log } from "./log";
import { type Postmaster, isRunning, requestStop, shutDown } from "./postmaster";

const LOOK_EVERY_MS = 500;
const RETRY_AFTER_MS = 5_000;

/** Keeps one Postgres running until it is told to stop: a server that ends by itself is started again. */
export class Supervisor {
  #postmaster: Postmaster;
  readonly #startAgain: (port: number) => Promise<Postmaster>;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #notBefore = 0;
  #recovery: Promise<void> | undefined;

  /** @param startAgain starts it on the same data and port */
  constructor(postmaster: Postmaster, startAgain: (port: number) => Promise<Postmaster>, log: Log) {
    this.#postmaster = postmaster;
    this.#startAgain = startAgain;
    this.#log = log;
    // A server taken over from a killed process is no child of ours, so there is no event to wait for.
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Stops Postgres and returns when it has gone. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#recovery;
    await shutDown(this.#postmaster, this.#log);
  }

  /** For an exit that cannot wait: Postgres then ends by itself, a moment after us. */
  abandon(): void {
    requestStop(this.#postmaster);
  }

  #look(): void {
    if (this.#recovery || isRunning(this.#postmaster) || performance.now() < this.#notBefore) return;
    this.#recovery = this.#recover().finally(() => {
      this.#recovery = undefined;
    });
  }

  async #recover(): Promise<void> {
    this.#log.error(`Postgres (process ${this.#postmaster.pid}) ended unasked; starting it again`);
    try {
      this.#postmaster = await this.#startAgain(this.#postmaster.port);
      this.#log.info(`Postgres runs again (process ${this.#postmaster.pid})`);
    } catch (error) {
      this.#notBefore = performance.now() + RETRY_AFTER_MS;
      this.#log.error(`${(error as Error).message}; trying again in ${RETRY_AFTER_MS} ms`);
    }
  }
}
