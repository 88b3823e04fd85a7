import { setTimeout as delay } from "node:timers/promises";
import { instantOf, slotsBetween, type LocalTime } from "./calendar";
import type { Cluster, ClusterProcess } from "./cluster";
import { retry, typeOf, unavailable } from "./retry";
import type { ClockMode } from "./story";

/** Longer than a week of business time takes, with faults. */
const MOVED_WITHIN_MS = 120_000;
/** Longer than a tick takes, shorter than the timeout of a call to a process that was killed. */
const TICK_WITHIN_MS = 400;

/** Advances the product's test clock through the story. */
export class BusinessTime {
  readonly #cluster: Cluster;
  readonly #offset_min: number;
  #now: LocalTime;
  #calls = 0;

  constructor(cluster: Cluster, offset_min: number, now: LocalTime) {
    this.#cluster = cluster;
    this.#offset_min = offset_min;
    this.#now = now;
  }

  get now(): LocalTime {
    return this.#now;
  }

  /**
   * Advances to a later time. In every mode, the last slots before it have been emitted when this resolves.
   */
  async advanceTo(to: LocalTime, mode: ClockMode): Promise<void> {
    if (mode === "moved") {
      await this.#move(to);
    } else {
      if (mode === "ticked") await this.#tickThrough(to);
      await this.#set(to);
      await retry(`a tick at ${to}`, () =>
        this.#cluster.call("cron.tick", {}, { at: this.#nextCron(), within_ms: 2_000 }),
      );
    }
    this.#now = to;
  }

  /** Each call goes to another cron process. */
  #nextCron(): ClusterProcess {
    const crons = this.#cluster.running("cron");
    const cron = crons[this.#calls++ % Math.max(1, crons.length)];
    if (cron === undefined) throw unavailable("no cron process is running");
    return cron;
  }

  async #move(to: LocalTime): Promise<void> {
    await retry(`moving the clock to ${to}`, async () => {
      const now = instantOf(to, this.#offset_min);
      const moved = this.#cluster.call(
        "cron.moveClock",
        { now },
        { at: this.#nextCron(), within_ms: MOVED_WITHIN_MS },
      );
      const cut = this.#cluster.nextCut().then(() => Promise.reject(unavailable("the answer may be lost")));
      cut.catch(() => undefined);
      await Promise.race([moved, cut]).catch((error: unknown) => {
        throw typeOf(error) === "test_clock.moving" ? unavailable("another process moves the clock") : error;
      });
    });
  }

  async #tickThrough(to: LocalTime): Promise<void> {
    for (const slot of slotsBetween(this.#now, to)) {
      await this.#set(slot);
      const ticks = this.#cluster
        .running("cron")
        .map((at) => this.#cluster.call("cron.tick", {}, { at, within_ms: TICK_WITHIN_MS }));
      await Promise.race([Promise.allSettled(ticks), delay(TICK_WITHIN_MS)]);
    }
  }

  async #set(time: LocalTime): Promise<void> {
    const instant = instantOf(time, this.#offset_min);
    await this.#cluster.db.raw(
      "UPDATE cron.clock SET moved_to = :instant WHERE moved_to IS NULL OR moved_to < :instant",
      { instant },
    );
  }
}
