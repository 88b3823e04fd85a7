import type { Knex } from "../../../shared/db/open-database";
import { WINDOW_S, type RecentAttempt } from "../domain/login-limits";

/** The attempts in the period with this user name or client address. The limits keep them few. */
export async function readRecentAttempts(
  trx: Knex.Transaction,
  username: string,
  client: string,
): Promise<RecentAttempt[]> {
  const { rows } = await trx.raw<{ rows: RecentAttempt[] }>(
    `SELECT username IS NOT DISTINCT FROM lower(:username) AS same_username,
            client = :client AS same_client,
            failed,
            extract(epoch FROM clock_timestamp() - attempted_at)::float8 AS age_s
     FROM login_attempts
     WHERE (username = lower(:username) OR client = :client)
       AND attempted_at > clock_timestamp() - make_interval(secs => :window)`,
    { username, client, window: WINDOW_S },
  );
  return rows;
}
