const WINDOW_S = 60;
const WINDOW_MS = WINDOW_S * 1_000;

/** What is left of a caller's limit after one more call. */
export interface RateUse {
  limit: number;
  remaining: number;
  /** seconds until all of the limit is there again */
  reset_s: number;
  /** false when the limit was used up before this call */
  admitted: boolean;
}

/** Counts calls by the minute, which begins with the first call. Each gateway counts by itself. */
export class RateLimits {
  readonly #windows = new Map<string, { ends_ms: number; calls: number }>();

  /** Counts a call. @param limit calls in a minute */
  count(caller: string, limit: number): RateUse {
    const now_ms = performance.now();
    let window = this.#windows.get(caller);
    if (window === undefined || window.ends_ms <= now_ms) {
      window = { ends_ms: now_ms + WINDOW_MS, calls: 0 };
      this.#windows.set(caller, window);
    }
    window.calls += 1;
    const reset_s = Math.max(1, Math.ceil((window.ends_ms - now_ms) / 1_000));
    const remaining = Math.max(0, limit - window.calls);
    return { limit, remaining, reset_s, admitted: window.calls <= limit };
  }

  /** Drops what has ended. */
  tidy(): void {
    const now_ms = performance.now();
    for (const [caller, { ends_ms }] of this.#windows) if (ends_ms <= now_ms) this.#windows.delete(caller);
  }
}

/** The headers that tell a client its limit (draft-ietf-httpapi-ratelimit-headers-10). */
export function rateLimitHeaders({ limit, remaining, reset_s }: RateUse): Record<string, string> {
  return {
    "ratelimit-policy": `"key";q=${limit};w=${WINDOW_S}`,
    ratelimit: `"key";r=${remaining};t=${reset_s}`,
  };
}
