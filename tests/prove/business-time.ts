import { setTimeout as delay } from "node:timers/promises";
import { instantOf, slotsBetween, type LocalTime } from "./calendar";
import type { Cluster } from "./cluster";
import { patiently, typeOf } from "./patience";

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

  /** Goes on to a later time: as the product moves its clock, or by ticks alone, so that days come before the last one is done. */
  async goOnTo(to: LocalTime, way: "moved" | "ticked"): Promise<void> {
    if (way === "moved") await this.#move(to);
    else await this.#tickThrough(to);
    this.#now = to;
  }

  /** Tells the product to move the clock, again and again until it says that it has. */
  async #move(to: LocalTime): Promise<void> {
    await patiently(`moving the clock to ${to}`, async () => {
      const crons = this.#cluster.up("cron");
      const at = crons[this.#turn++ % Math.max(1, crons.length)];
      if (at === undefined) throw away("no cron is up");
      const moved = this.#cluster.call("cron.moveClock", { now: instantOf(to, this.#offset_min) }, { at, within_ms: 0 });
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
      const ticks = this.#cluster.up("cron").map((at) => this.#cluster.call("cron.tick", {}, { at, within_ms: TICK_WITHIN_MS }));
      await Promise.race([Promise.allSettled(ticks), delay(TICK_WITHIN_MS)]);
    }
    await this.#set(to);
  }

  async #set(time: LocalTime): Promise<void> {
    const instant = instantOf(time, this.#offset_min);
    await this.#cluster.db.raw("UPDATE cron.clock SET moved_to = :instant WHERE moved_to IS NULL OR moved_to < :instant", { instant });
  }
}

function away(message: string): Error {
  return Object.assign(new Error(message), { retryable: true });
}
