import { setTimeout as delay } from "node:timers/promises";
import { instantOf, slotsBetween, type LocalTime } from "./calendar";
import type { Actor, Cluster } from "./cluster";
import { patiently, typeOf } from "./patience";
import type { Way } from "./story";

/** Longer than a week of business time takes, faults included. */
const MOVED_WITHIN_MS = 120_000;
/** Longer than a tick takes, shorter than it takes to miss a process that is gone. */
const TICK_WITHIN_MS = 400;

/** The clock of the story, in the hands of the proof. */
export class BusinessTime {
  readonly #cluster: Cluster;
  readonly #offset_min: number;
  #now: LocalTime;
  #turn = 0;

  constructor(cluster: Cluster, offset_min: number, now: LocalTime) {
    this.#cluster = cluster;
    this.#offset_min = offset_min;
    this.#now = now;
  }

  get now(): LocalTime {
    return this.#now;
  }

  /** Goes on to a later time. Whichever way, the timetable's last slots before it have been emitted then. */
  async goOnTo(to: LocalTime, way: Way): Promise<void> {
    if (way === "moved") {
      await this.#move(to);
    } else {
      if (way === "ticked") await this.#tickThrough(to);
      await this.#set(to);
      await patiently(`a tick at ${to}`, () =>
        this.#cluster.call("cron.tick", {}, { at: this.#anyCron(), within_ms: 2_000 }),
      );
    }
    this.#now = to;
  }

  #anyCron(): Actor {
    const crons = this.#cluster.up("cron");
    const cron = crons[this.#turn++ % Math.max(1, crons.length)];
    if (cron === undefined) throw away("no cron is up");
    return cron;
  }

  /** Tells the product to move the clock, again and again until it says that it has. */
  async #move(to: LocalTime): Promise<void> {
    await patiently(`moving the clock to ${to}`, async () => {
      const now = instantOf(to, this.#offset_min);
      const moved = this.#cluster.call(
        "cron.moveClock",
        { now },
        { at: this.#anyCron(), within_ms: MOVED_WITHIN_MS },
      );
      const died = this.#cluster.nextDeath().then(() => Promise.reject(away("a process died")));
      died.catch(() => undefined);
      await Promise.race([moved, died]).catch((error: unknown) => {
        throw typeOf(error) === "test_clock.moving" ? away("somebody else moves the clock") : error;
      });
    });
  }

  async #tickThrough(to: LocalTime): Promise<void> {
    for (const slot of slotsBetween(this.#now, to)) {
      await this.#set(slot);
      const ticks = this.#cluster
        .up("cron")
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

function away(message: string): Error {
  return Object.assign(new Error(message), { retryable: true });
}
