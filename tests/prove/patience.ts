import { setTimeout as delay } from "node:timers/promises";

const PAUSE_MS = 100;
const PATIENCE_MS = 90_000;

/** Whether an error only says that somebody is away for the moment. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, code } = error as { retryable?: boolean; code?: number };
  return retryable === true || code === 503 || code === 504;
}

/** What `error.type` says. */
export const typeOf = (error: unknown): string | undefined => (error as { type?: string }).type;

/**
 * Tries again as long as somebody is away. What was tried may have happened although nobody said so: it must
 * bear being repeated.
 * @param attempt gets the number of the try, from 1
 * @throws what `attempt` throws for another reason, or when it takes too long
 */
export async function patiently<T>(what: string, attempt: (n: number) => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let n = 1; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!isAway(error) || Date.now() > deadline)
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      await delay(PAUSE_MS);
    }
  }
}
