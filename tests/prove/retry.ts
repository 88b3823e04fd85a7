import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 100;
const RETRY_FOR_MS = 90_000;

/** An error that `retry` answers by trying again. */
export function unavailable(message: string): Error {
  return Object.assign(new Error(message), { retryable: true });
}

/** Whether an error only says that something is not available at the moment. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, code } = error as { retryable?: boolean; code?: number };
  // A process that is frozen has not ended what it began.
  const isBusy = typeOf(error) === "idempotency.in_progress";
  return retryable === true || code === 503 || code === 504 || isBusy;
}

/** The `type` of an error that an action threw. */
export const typeOf = (error: unknown): string | undefined => (error as { type?: string }).type;

/**
 * Tries again while something is not available. An attempt may have taken effect although its answer was
 * lost, so it must be safe to repeat.
 * @param what for the error message
 * @param attempt gets the number of the attempt, from 1
 * @throws what `attempt` throws for another reason, or after 90 s
 */
export async function retry<T>(what: string, attempt: (n: number) => Promise<T>): Promise<T> {
  const deadline = Date.now() + RETRY_FOR_MS;
  for (let n = 1; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline)
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      await delay(PAUSE_MS);
    }
  }
}
