import { setTimeout as sleep } from "node:timers/promises";
import { lockInTransaction } from "../../shared/db/locks";
import type { Knex } from "../../shared/db/open-database";
import { inTransaction } from "../../shared/db/transaction";
import { MAX_FAILURES, nameDelay_ms, retryAfter_s } from "./domain/login-limits";
import { textOf, type Origin } from "./domain/origin";
import {
  countFailures,
  forgetAttempts,
  insertAttempt,
  markFailed,
  readRecentAttempts,
} from "./queries/login-attempts";
import type { IdentityEnv } from "./tools";
import { tooMany } from "./too-many";

/** A user name as typed, and where the attempt comes from. */
export interface LoginAttempt {
  username: string;
  origin: Origin;
}

/**
 * Runs a password check, unless too many have failed for this user name from this origin; failures from other
 * origins only delay it, and only where it comes from a mere address. All instances count together.
 * @param check gives undefined for a failure, which then counts; after any other result, earlier failures of
 *   the same user name and origin no longer count
 * @throws BillingError 429 with `retry_after_s` in its data; 503 when too many checks wait
 */
export async function throttled<T>(
  { db, tools }: IdentityEnv,
  { username, origin }: LoginAttempt,
  check: () => Promise<T | undefined>,
): Promise<T | undefined> {
  if (origin.kind === "address") await sleep(nameDelay_ms(await countFailures(db, username)));
  const from = textOf(origin);
  return tools.hashing.run(from, async () => {
    const attempt = await reserveAttempt(db, username, from, MAX_FAILURES[origin.kind]);
    const outcome = await check();
    await (outcome === undefined ? markFailed(db, attempt) : forgetAttempts(db, attempt, username, from));
    return outcome;
  });
}

/** Writes the attempt before the check, under a lock, so that attempts at the same time count each other. */
function reserveAttempt(db: Knex, username: string, origin: string, limit: number): Promise<string> {
  return inTransaction(db, async (trx) => {
    await lockInTransaction(trx, "login_attempts", `${username.toLowerCase()} ${origin}`);
    const wait_s = retryAfter_s(await readRecentAttempts(trx, username, origin), limit);
    if (wait_s !== undefined) throw tooMany("failed attempts", wait_s);
    return insertAttempt(trx, username, origin);
  });
}
