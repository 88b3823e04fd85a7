const MAX_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 12 * 3_600_000;

/**
 * How long to wait before a refused mail is sent again: 1, 3, 9, 27, 81, … minutes, at most 12 hours.
 * @param attempts how often it has failed, including this time
 * @returns milliseconds; null when it is not sent again
 */
export function retryIn_ms(attempts: number): number | null {
  if (attempts >= MAX_ATTEMPTS) return null;
  return Math.min(FIRST_PAUSE_MS * 3 ** (attempts - 1), LONGEST_PAUSE_MS);
}
