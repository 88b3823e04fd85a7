import { matchesType } from "./event-types";

/** How tests disturb deliveries. Stripe promises at-least-once delivery, and no order. */
export class Disturbances {
  /** First attempts wait this long, in ms. */
  delayMs = 0;
  /** Every event is sent this many times. */
  copies = 1;
  /** While true, deliveries wait. */
  holding = false;
  #drops: { type: string; left: number }[] = [];

  /** Loses the deliveries of a type ("charge.*", "*") for good: all of them, or the next few. */
  drop(type: string, times = Infinity): void {
    this.#drops.push({ type, left: times });
  }

  /** Whether this delivery is lost. */
  loses(type: string): boolean {
    const drop = this.#drops.find((candidate) => candidate.left > 0 && matchesType([candidate.type], type));
    if (!drop) return false;
    drop.left -= 1;
    return true;
  }

  /** Ends all but the holding. */
  reset(): void {
    this.delayMs = 0;
    this.copies = 1;
    this.#drops = [];
  }
}
