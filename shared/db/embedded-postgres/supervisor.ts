import type { Log } from "./log";
import { type Postmaster, isRunning, requestStop, shutDown } from "./postmaster";

const CHECK_EVERY_MS = 500;
const RETRY_AFTER_MS = 5_000;

/** Keeps one Postgres running until it is stopped: when its process ends by itself, it is restarted. */
export class Supervisor {
  #postmaster: Postmaster;
  readonly #restart: (port: number) => Promise<Postmaster>;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #retryAt = 0;
  #restarting: Promise<void> | undefined;

  /** @param restart starts Postgres on the same data and port */
  constructor(postmaster: Postmaster, restart: (port: number) => Promise<Postmaster>, log: Log) {
    this.#postmaster = postmaster;
    this.#restart = restart;
    this.#log = log;
    // A server that was taken over is not our child process, so no event tells us that it ended.
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS).unref();
  }

  /** Stops Postgres and resolves when its process has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#restarting;
    await shutDown(this.#postmaster, this.#log);
  }

  /** Asks Postgres to stop without waiting, for the exit of our process. */
  requestStop(): void {
    requestStop(this.#postmaster);
  }

  #check(): void {
    if (this.#restarting || isRunning(this.#postmaster) || performance.now() < this.#retryAt) return;
    this.#restarting = this.#startAgain().finally(() => {
      this.#restarting = undefined;
    });
  }

  async #startAgain(): Promise<void> {
    this.#log.error(`Postgres (process ${this.#postmaster.pid}) ended unexpectedly; restarting it`);
    try {
      this.#postmaster = await this.#restart(this.#postmaster.port);
      this.#log.info(`Postgres runs again (process ${this.#postmaster.pid})`);
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_AFTER_MS;
      this.#log.error(`${(error as Error).message}; trying again in ${RETRY_AFTER_MS} ms`);
    }
  }
}
