import type { Deliverer } from "./deliverer";

/** How tests disturb webhooks. */
export interface WebhookControls {
  /** First attempts wait this long, in ms, from now on. */
  delay(ms: number): void;
  /** Every event is sent this many times, from now on. */
  duplicate(copies: number): void;
  /** Loses events of a type ("charge.refunded", "charge.*", "*") for good: all, or the next few. */
  drop(type: string, times?: number): void;
  /** Deliveries wait until they are released. */
  hold(): void;
  /** Delivers what was held, one after the other; resolves when each had its first attempt. */
  release(order: "oldest_first" | "newest_first"): Promise<void>;
  /** Sends an event once more. */
  resend(eventId: string): void;
  /** Ends delay, duplicate and drop. */
  reset(): void;
  /** Resolves when nothing is on its way or waiting for another attempt; what is held does not count. */
  idle(): Promise<void>;
}

/** The controls of a sandbox's deliveries. */
export function controlsOf(deliverer: Deliverer): WebhookControls {
  const { disturbances } = deliverer;
  return {
    delay: (ms) => void (disturbances.delayMs = ms),
    duplicate: (copies) => void (disturbances.copies = copies),
    drop: (type, times) => disturbances.drop(type, times),
    hold: () => void (disturbances.holding = true),
    release: (order) => deliverer.release(order),
    resend: (eventId) => deliverer.resend(eventId),
    reset: () => disturbances.reset(),
    idle: () => deliverer.idle(),
  };
}
