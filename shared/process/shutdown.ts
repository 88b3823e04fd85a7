import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../errors";

/** npm, systemd and containers kill after ten seconds. */
const ALL_WITHIN_MS = 9_500;
/** A start that a signal interrupts may finish its current step. */
const START_WITHIN_MS = 3_000;

/** A part of the process, how to close it, and how long that may take. */
interface Closer {
  what: string;
  within_ms: number;
  close: () => Promise<void>;
}

interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * The end of a process: what was opened is closed in reverse order, once, each part within its time. The
 * reason may be a signal, an operator or a failed start.
 */
export class Shutdown {
  readonly #closers: Closer[] = [];
  readonly #abort = new AbortController();
  readonly #log: Log;
  #starting: Promise<unknown> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Aborted when the end begins; a start in progress should then stop. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Registers something that was opened. */
  onEnd(what: string, within_ms: number, close: () => Promise<void>): void {
    this.#closers.push({ what, within_ms, close });
  }

  /**
   * Ends the process after a signal. Ctrl-C under npm arrives twice; the end begins once.
   * @param status 0 for what runs until it is stopped; a command that is broken off has failed
   */
  listenToSignals(status = 0): void {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        if (!this.signal.aborted) this.#log.info(`${name}: finishing requests in flight`);
        void this.end(status);
      });
    }
  }

  /**
   * Runs the start of the process. If it fails the process ends with status 1, unless it failed because the
   * end had begun.
   * @param report writes the reason, as the last line
   */
  async start(work: () => Promise<unknown>, report: (error: unknown) => void): Promise<void> {
    this.#starting = work();
    try {
      await this.#starting;
    } catch (error) {
      if (this.signal.aborted) return;
      await this.end(1, () => report(error));
    }
  }

  /**
   * Ends the process; called again, it only waits for the same end.
   * @param lastWords runs when all is closed
   */
  end(status: number, lastWords = () => {}): Promise<void> {
    return (this.#ending ??= this.#end(status, lastWords));
  }

  async #end(status: number, lastWords: () => void): Promise<void> {
    setTimeout(() => {
      lastWords();
      process.exit(1);
    }, ALL_WITHIN_MS);
    this.#abort.abort(new Error("the process is ending"));
    await inTime(this.#starting, START_WITHIN_MS).catch(() => undefined);
    for (const { what, within_ms, close } of this.#closers.reverse()) {
      try {
        await inTime(close(), within_ms);
      } catch (error) {
        this.#log.warn(`${what}: ${messageOf(error)}`);
      }
    }
    lastWords();
    process.exit(status);
  }
}

async function inTime(work: Promise<unknown>, within_ms: number): Promise<void> {
  const timer = new AbortController();
  const late = delay(within_ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`has not ended within ${within_ms} ms`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
