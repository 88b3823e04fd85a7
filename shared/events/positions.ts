import type { Position } from "../contracts/contract";
import type { Knex } from "../db/open-database";

/** A reader's place in an outbox that no longer has its last event. */
export interface LostPlace {
  /** the end of what was restored: what came after it is new to the reader */
  restored_to: Position;
  /** how many events came after it */
  waiting: number;
}

/** The position before every event. */
export const START: Position = { epoch: null, xid: "0", seq: 0, id: null };

/** Whether two positions are the same. */
export function samePosition(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.xid === b.xid && a.seq === b.seq;
}

interface Found {
  epoch: string;
  xid: string | null;
  seq: number | null;
  dropped: boolean;
}

/**
 * Looks for a reader's last event by its id, where it no longer stands at the reader's position: it was
 * renumbered, or dropped for its age (then all that is left came after it), or it is not known here, because
 * the database was restored to an older day.
 */
export async function findPlace(db: Knex, { epoch, id }: Position): Promise<Position | LostPlace> {
  const { rows } = await db.raw<{ rows: Found[] }>(
    `SELECT epoch.id AS epoch, place.xid::text, place.seq,
            coalesce(uuid_extract_timestamp((:id)::uuid) <= dropped_until, false) AS dropped
     FROM epoch LEFT JOIN (
       SELECT xid, seq FROM outbox WHERE id = :id ORDER BY xid DESC, seq DESC LIMIT 1
     ) AS place ON true`,
    { id },
  );
  const [found] = rows;
  if (found === undefined) throw new Error("the outbox has no epoch");
  if (found.xid !== null && found.seq !== null)
    return { epoch: found.epoch, xid: found.xid, seq: found.seq, id };
  if (found.dropped) return { epoch: found.epoch, xid: START.xid, seq: START.seq, id };
  return findRestoredEnd(db, epoch === found.epoch ? id : null);
}

/**
 * @param lostId of an event of this very epoch: the database was put back under a running service, so that no
 *   new epoch began. What was written before that event counts as restored.
 */
async function findRestoredEnd(db: Knex, lostId: string | null): Promise<LostPlace> {
  const { rows } = await db.raw<{ rows: (Position & { waiting: number })[] }>(
    `SELECT epoch.id AS epoch, restored.xid::text, restored.seq, restored.id,
            (SELECT count(*) FROM outbox WHERE (xid, seq) > (restored.xid, restored.seq)) AS waiting
     FROM epoch CROSS JOIN LATERAL (
       SELECT xid, seq, id FROM outbox
       WHERE uuid_extract_timestamp(id) <= uuid_extract_timestamp((:lostId)::uuid)
       UNION ALL SELECT restored_xid, restored_seq, restored_id
       ORDER BY xid DESC, seq DESC LIMIT 1
     ) AS restored`,
    { lostId },
  );
  const [end] = rows;
  if (end === undefined) throw new Error("the outbox has no epoch");
  const { waiting, epoch, xid, seq, id } = end;
  return { restored_to: id === null ? START : { epoch, xid, seq, id }, waiting };
}
