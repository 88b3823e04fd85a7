import type { Knex } from "../../../shared/db/open-database";
import { REFRESH_TOKEN_DAYS } from "../domain/lifetimes";
import { REGISTRATIONS_WINDOW_S } from "../registration-limit";
import { WINDOW_S } from "../domain/login-limits";

const BATCH = 1000;

/**
 * Deletes expired refresh tokens, sessions that have none left, and login attempts and registrations that
 * no longer count, at most 1000 of each.
 * @returns how many rows were deleted
 */
export async function dropExpired(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ deleted: number }] }>(
    `WITH tokens AS (
       DELETE FROM refresh_tokens
       WHERE hash IN (
         SELECT hash FROM refresh_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT :batch
       )
       RETURNING 1
     ), emptied AS (
       DELETE FROM sessions
       WHERE id IN (
         SELECT id FROM sessions
         WHERE created_at < now() - make_interval(days => :days)
           AND NOT EXISTS (SELECT FROM refresh_tokens WHERE session_id = sessions.id)
         ORDER BY id LIMIT :batch
       )
       RETURNING 1
     ), attempts AS (
       DELETE FROM login_attempts
       WHERE id IN (
         SELECT id FROM login_attempts WHERE attempted_at < now() - make_interval(secs => :window)
         ORDER BY attempted_at LIMIT :batch
       )
       RETURNING 1
     ), registered AS (
       DELETE FROM registrations
       WHERE id IN (
         SELECT id FROM registrations
         WHERE registered_at < now() - make_interval(secs => :registrations_window)
         ORDER BY registered_at LIMIT :batch
       )
       RETURNING 1
     )
     SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM emptied)
       + (SELECT count(*) FROM attempts) + (SELECT count(*) FROM registered) AS deleted`,
    {
      batch: BATCH,
      window: WINDOW_S,
      registrations_window: REGISTRATIONS_WINDOW_S,
      days: REFRESH_TOKEN_DAYS,
    },
  );
  return rows[0].deleted;
}
