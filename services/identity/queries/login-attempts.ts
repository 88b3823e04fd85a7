import type { Knex } from "../../../shared/db/open-database";
import { FAILURES_THAT_COUNT, WINDOW_S, type RecentAttempt } from "../domain/login-limits";

/** The attempts in the period with this user name and origin. The limits keep them few. */
export async function readRecentAttempts(
  trx: Knex.Transaction,
  username: string,
  origin: string,
): Promise<RecentAttempt[]> {
  const { rows } = await trx.raw<{ rows: RecentAttempt[] }>(
    `SELECT failed, extract(epoch FROM clock_timestamp() - attempted_at)::float8 AS age_s
     FROM login_attempts
     WHERE username = lower(:username) AND origin = :origin
       AND attempted_at > clock_timestamp() - make_interval(secs => :window)`,
    { username, origin, window: WINDOW_S },
  );
  return rows;
}

/** How many checks have failed in the period for this user name, from anywhere; at most those that count. */
export async function countFailures(db: Knex, username: string): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ failures: number }] }>(
    `SELECT count(*) AS failures FROM (
       SELECT FROM login_attempts
       WHERE username = lower(:username) AND failed
         AND attempted_at > clock_timestamp() - make_interval(secs => :window)
       LIMIT :most
     ) AS failed`,
    { username, window: WINDOW_S, most: FAILURES_THAT_COUNT },
  );
  return rows[0].failures;
}

/** Writes an attempt whose password is being checked. @returns its id */
export async function insertAttempt(
  trx: Knex.Transaction,
  username: string,
  origin: string,
): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>(
    "INSERT INTO login_attempts (username, origin) VALUES (lower(?), ?) RETURNING id",
    [username, origin],
  );
  return rows[0].id;
}

export async function markFailed(db: Knex, attempt: string): Promise<void> {
  await db.raw("UPDATE login_attempts SET failed = true WHERE id = ?", [attempt]);
}

/** Forgets a successful attempt, and the failures of its user name and origin: others still count. */
export async function forgetAttempts(
  db: Knex,
  attempt: string,
  username: string,
  origin: string,
): Promise<void> {
  await db.raw(
    `DELETE FROM login_attempts
     WHERE username = lower(:username) AND origin = :origin AND (id = :attempt OR failed)`,
    { attempt, username, origin },
  );
}
