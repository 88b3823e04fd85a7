/** The period in which failed logins are counted, by the wall clock. */
export const WINDOW_S = 15 * 60;

/** How many logins may fail in that period for one user name, and from one client address. */
export const MAX_FAILURES = { username: 10, client: 50 } as const;

/** A check takes much less time than this. One without a result by then was cut off by a crash: it failed. */
const UNFINISHED_FAILS_AFTER_S = 30;

/** An attempt in the period with the same user name or client address (or both) as a new one. */
export interface RecentAttempt {
  same_username: boolean;
  same_client: boolean;
  /** false while the password is being checked */
  failed: boolean;
  age_s: number;
}

/**
 * Decides whether another attempt is allowed. Attempts that are still being checked count as failures, so
 * that many attempts at once cannot pass the limit.
 * @returns undefined when it is allowed, otherwise the whole seconds until the next attempt
 */
export function retryAfter_s(attempts: readonly RecentAttempt[]): number | undefined {
  const waits = [
    waitOf(
      attempts.filter((attempt) => attempt.same_username),
      MAX_FAILURES.username,
    ),
    waitOf(
      attempts.filter((attempt) => attempt.same_client),
      MAX_FAILURES.client,
    ),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function waitOf(attempts: readonly RecentAttempt[], limit: number): number | undefined {
  const counted = attempts.filter(({ age_s }) => age_s < WINDOW_S);
  if (counted.length < limit) return undefined;
  const failures = counted.filter(({ failed, age_s }) => failed || age_s >= UNFINISHED_FAILS_AFTER_S);
  const agesNewestFirst = failures.map(({ age_s }) => age_s).sort((a, b) => a - b);
  const decisive = agesNewestFirst[limit - 1];
  // The limit is reached only with checks that will end in a moment.
  if (decisive === undefined) return 1;
  return Math.max(1, Math.ceil(WINDOW_S - decisive));
}
