import type { Knex } from "../db/open-database";

const KEPT = "90 days";
const PAGE = 5_000;

/**
 * Removes one page of outbox rows that are older than 90 days (wall clock). A reader that stopped for longer
 * has lost events.
 * @returns how many rows were removed
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
