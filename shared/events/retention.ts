import type { Knex } from "../db/open-database";

const KEPT = "90 days";
const PAGE = 5_000;

/**
 * Removes one page of outbox rows that are older than 90 days (wall clock), from the beginning of the feed up
 * to the first younger one. A reader that stopped for longer has lost events; one that has read them goes on.
 * @returns how many rows were removed
 */
export async function dropOldEvents(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { dropped: number }[] }>(
    `WITH old AS (
       SELECT xid, seq FROM (
         SELECT xid, seq, bool_and(occurred_at < now() - ?::interval) OVER (ORDER BY xid, seq) AS old
         FROM (SELECT xid, seq, occurred_at FROM outbox ORDER BY xid, seq LIMIT ?) AS first
       ) AS beginning WHERE old
     ), dropped AS (
       DELETE FROM outbox WHERE (xid, seq) IN (SELECT xid, seq FROM old)
       RETURNING uuid_extract_timestamp(id) AS written_at
     ), noted AS (
       UPDATE epoch SET dropped_until = greatest(dropped_until, (SELECT max(written_at) FROM dropped))
       WHERE EXISTS (SELECT FROM dropped)
     )
     SELECT count(*) AS dropped FROM dropped`,
    [KEPT, PAGE],
  );
  return rows[0]?.dropped ?? 0;
}
