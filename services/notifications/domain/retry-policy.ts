const MAX_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 12 * 3_600_000;

/**
 * When to try again to send a mail that the mail server refused: after 1, 3, 9, 27, 81, … minutes, at most
 * half a day.
 * @param attempts how often it has failed so far, this time included
 * @returns milliseconds to wait, null to give up
 */
export function retryIn_ms(attempts: number): number | null {
  if (attempts >= MAX_ATTEMPTS) return null;
  return Math.min(FIRST_PAUSE_MS * 3 ** (attempts - 1), LONGEST_PAUSE_MS);
}
