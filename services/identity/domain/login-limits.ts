import type { Origin } from "./origin";

/** The period in which failed logins are counted, by the wall clock. */
export const WINDOW_S = 15 * 60;

/**
 * How many checks of an account's password may fail in that period from one origin. A device that has signed
 * in before has a limit of its own, so that a stolen one cannot try passwords without end.
 */
export const MAX_FAILURES: Record<Origin["kind"], number> = { address: 10, device: 50, user: 10 };

/** So many failures of a name cause no delay; each more adds a tenth of a second, up to two seconds. */
const FREE_FAILURES = 5;
const DELAY_PER_FAILURE_MS = 100;
const MAX_DELAY_MS = 2_000;

/** More failures of a name make no difference. */
export const FAILURES_THAT_COUNT = FREE_FAILURES + MAX_DELAY_MS / DELAY_PER_FAILURE_MS;

/** A check takes much less time than this. One without a result by then was cut off by a crash: it failed. */
const UNFINISHED_FAILS_AFTER_S = 30;

/** An attempt in the period with the same user name and origin as a new one. */
export interface RecentAttempt {
  /** false while the password is being checked */
  failed: boolean;
  age_s: number;
}

/**
 * How long a login waits before its password is checked, so that guessing from many addresses is slow. It can
 * keep nobody out.
 * @param failures of the user name in the period, from anywhere
 */
export function nameDelay_ms(failures: number): number {
  return Math.min(MAX_DELAY_MS, Math.max(0, failures - FREE_FAILURES) * DELAY_PER_FAILURE_MS);
}

/**
 * Decides whether another attempt is allowed. Attempts that are still being checked count as failures, so
 * that many attempts at once cannot pass the limit.
 * @returns undefined when it is allowed, otherwise the whole seconds until the next attempt
 */
export function retryAfter_s(attempts: readonly RecentAttempt[], limit: number): number | undefined {
  const counted = attempts.filter(({ age_s }) => age_s < WINDOW_S);
  if (counted.length < limit) return undefined;
  const failures = counted.filter(({ failed, age_s }) => failed || age_s >= UNFINISHED_FAILS_AFTER_S);
  const agesNewestFirst = failures.map(({ age_s }) => age_s).sort((a, b) => a - b);
  const decisive = agesNewestFirst[limit - 1];
  // The limit is reached only with checks that will end in a moment.
  if (decisive === undefined) return 1;
  return Math.max(1, Math.ceil(WINDOW_S - decisive));
}
