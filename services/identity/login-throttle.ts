import { BillingError } from "../../shared/errors";
import { lockInTransaction } from "../../shared/db/locks";
import type { Knex } from "../../shared/db/open-database";
import { inTransaction } from "../../shared/db/transaction";
import { retryAfter_s } from "./domain/login-limits";
import { readRecentAttempts } from "./queries/recent-attempts";
import type { IdentityEnv } from "./tools";

/** A user name as typed, and the network address of the client. */
export interface LoginAttempt {
  username: string;
  client: string;
}

/**
 * Runs a password check, unless too many checks have failed for this user name or client. All instances count
 * together.
 * @param check gives undefined for a failure, which then counts for the user name and the client; after any
 *   other result, earlier failures no longer count for the user name
 * @throws BillingError 429 with `retry_after_s` in its data
 */
export function throttled<T>(
  { db, tools }: IdentityEnv,
  login: LoginAttempt,
  check: () => Promise<T | undefined>,
): Promise<T | undefined> {
  return tools.passwordChecks.run(async () => {
    const attempt = await reserveAttempt(db, login);
    const outcome = await check();
    await (outcome === undefined ? recordFailure(db, attempt) : recordSuccess(db, attempt, login.username));
    return outcome;
  });
}

/** Writes the attempt before the check, under locks, so that attempts at the same time count each other. */
function reserveAttempt(db: Knex, { username, client }: LoginAttempt): Promise<string> {
  return inTransaction(db, async (trx) => {
    // Always the name before the address: two transactions can never wait for each other.
    await lockInTransaction(trx, "logins_of_username", username.toLowerCase());
    await lockInTransaction(trx, "logins_of_address", client);
    const wait_s = retryAfter_s(await readRecentAttempts(trx, username, client));
    if (wait_s !== undefined) throw tooManyFailures(wait_s);
    const { rows } = await trx.raw<{ rows: [{ id: string }] }>(
      "INSERT INTO login_attempts (username, client) VALUES (lower(?), ?) RETURNING id",
      [username, client],
    );
    return rows[0].id;
  });
}

async function recordFailure(db: Knex, attempt: string): Promise<void> {
  await db.raw("UPDATE login_attempts SET failed = true WHERE id = ?", [attempt]);
}

async function recordSuccess(db: Knex, attempt: string, username: string): Promise<void> {
  await db.raw(
    `WITH undone AS (DELETE FROM login_attempts WHERE id = :attempt)
     UPDATE login_attempts SET username = NULL WHERE username = lower(:username) AND failed`,
    { attempt, username },
  );
}

function tooManyFailures(retry_after_s: number): BillingError {
  const detail = `Too many failed attempts. Try again in ${retry_after_s} seconds.`;
  return new BillingError(429, "request.throttled", detail, undefined, { retry_after_s });
}
