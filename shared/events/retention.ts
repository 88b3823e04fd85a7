import type { Knex } from "../db/open-database";

const KEPT = "90 days";
const PAGE = 5_000;

/**
 * Removes a page of the outbox rows that are older than 90 days (wall clock). Readers that were away for
 * longer have to be set up anew.
 * @returns how many rows went
 */
export async function dropOldEvents(db: Knex): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `DELETE FROM outbox WHERE (xid, seq) IN (
       SELECT xid, seq FROM outbox WHERE occurred_at < now() - ?::interval ORDER BY xid, seq LIMIT ?
     )`,
    [KEPT, PAGE],
  );
  return rowCount;
}
