import { setTimeout as delay } from "node:timers/promises";

/** Makes a function that resolves at most once in a time, in the order of the calls. */
export function pacer(gap_ms: number): () => Promise<void> {
  let next_ms = 0;
  return async () => {
    const now_ms = performance.now();
    const at_ms = Math.max(now_ms, next_ms);
    next_ms = at_ms + gap_ms;
    if (at_ms > now_ms) await delay(at_ms - now_ms);
  };
}
