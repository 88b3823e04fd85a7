import type { Knex } from "../../../shared/db/open-database";
import { WINDOW_S } from "../domain/login-throttle";

const AT_MOST = 1000;

/**
 * Deletes refresh tokens that have expired and attempts that count no longer, some at a time.
 * @returns how many rows went
 */
export async function dropExpired(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ dropped: number }] }>(
    `WITH tokens AS (
       DELETE FROM refresh_tokens
       WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT :atMost)
       RETURNING 1
     ), attempts AS (
       DELETE FROM login_attempts
       WHERE id IN (
         SELECT id FROM login_attempts WHERE attempted_at < now() - make_interval(secs => :window)
         ORDER BY attempted_at LIMIT :atMost
       )
       RETURNING 1
     )
     SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM attempts) AS dropped`,
    { atMost: AT_MOST, window: WINDOW_S },
  );
  return rows[0].dropped;
}
