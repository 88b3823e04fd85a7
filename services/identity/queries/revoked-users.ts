import type { Knex } from "../../../shared/db/open-database";
import { REVOCATION_LISTED_S } from "../domain/lifetimes";

/** The users whose token version was raised so recently that an older token may not have expired yet. */
export async function readRevokedUsers(db: Knex): Promise<{ user_id: string; token_version: number }[]> {
  const { rows } = await db.raw<{ rows: { user_id: string; token_version: number }[] }>(
    `SELECT id AS user_id, token_version FROM users
     WHERE token_version > 0 AND token_version_changed_at > now() - make_interval(secs => ?)
     ORDER BY token_version_changed_at`,
    [REVOCATION_LISTED_S],
  );
  return rows;
}
