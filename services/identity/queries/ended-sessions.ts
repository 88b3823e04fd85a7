import type { Knex } from "../../../shared/db/open-database";
import { REVOCATION_LISTED_S } from "../domain/lifetimes";

/**
 * The ids of the sessions that ended so recently that an access token of theirs may not have expired yet.
 * @param after the id after which the page starts
 */
export async function readEndedSessions(db: Knex, limit: number, after?: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `SELECT id FROM sessions
     WHERE ended_at > now() - make_interval(secs => :listed) AND (:after::uuid IS NULL OR id > :after)
     ORDER BY id LIMIT :limit`,
    { listed: REVOCATION_LISTED_S, after: after ?? null, limit },
  );
  return rows.map(({ id }) => id);
}
