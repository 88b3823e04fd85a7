import type { Position } from "../contracts/contract";
import type { Knex } from "../db/open-database";
import { START } from "./positions";

/** Where a reader of the producer's feed stands; inserts the cursor's row the first time. */
export async function readCursor(db: Knex, producer: string): Promise<Position> {
  const read = () =>
    db.raw<{ rows: Position[] }>(
      "SELECT epoch, xid::text, seq, event_id AS id FROM cursors WHERE producer = ?",
      [producer],
    );
  const found = (await read()).rows[0];
  if (found !== undefined) return found;
  await db.raw("INSERT INTO cursors (producer) VALUES (?) ON CONFLICT DO NOTHING", [producer]);
  return (await read()).rows[0] ?? START;
}

/**
 * Moves a cursor from where it was read (compare-and-set).
 * @returns false when another instance has moved it since
 */
export async function moveCursor(db: Knex, producer: string, from: Position, to: Position): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `UPDATE cursors SET epoch = :toEpoch, xid = :toXid, seq = :toSeq, event_id = :toId, moved_at = now()
     WHERE producer = :producer AND xid = (:fromXid)::xid8 AND seq = :fromSeq
       AND epoch IS NOT DISTINCT FROM (:fromEpoch)::uuid`,
    {
      producer,
      fromEpoch: from.epoch,
      fromXid: from.xid,
      fromSeq: from.seq,
      toEpoch: to.epoch,
      toXid: to.xid,
      toSeq: to.seq,
      toId: to.id,
    },
  );
  return rowCount === 1;
}
