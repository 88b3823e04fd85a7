/** The time in which failed logins are counted, by the wall clock. */
export const WINDOW_S = 15 * 60;

/** How many logins may fail in that time for one user name, and from one client address. */
export const MAX_FAILURES = { username: 10, client: 50 } as const;

/**
 * A check takes far less than this; one that was not settled by then was cut off by a crash and counts as
 * failed.
 */
const UNSETTLED_FAILS_AFTER_S = 30;

/** An attempt in the window that shares the user name, the client address or both with a new one. */
export interface RecentAttempt {
  same_username: boolean;
  same_client: boolean;
  /** false while the password is being checked */
  failed: boolean;
  age_s: number;
}

/**
 * Whether a further attempt may be made. Attempts still being checked count as if they were to fail, so that
 * many at once cannot slip past the limit.
 * @returns undefined when it may, otherwise the whole seconds until it is worth trying again
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
  const failures = counted.filter(({ failed, age_s }) => failed || age_s >= UNSETTLED_FAILS_AFTER_S);
  const agesNewestFirst = failures.map(({ age_s }) => age_s).sort((a, b) => a - b);
  const decisive = agesNewestFirst[limit - 1];
  // Only checks under way fill the limit: they are settled in a moment.
  if (decisive === undefined) return 1;
  return Math.max(1, Math.ceil(WINDOW_S - decisive));
}
