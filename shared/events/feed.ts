import type { EventEnvelope, Position } from "../contracts/contract";
import type { Knex } from "../db/open-database";

/** The position before every event. */
export const START: Position = { xid: "0", seq: 0 };

/** NATS carries 1 MB at most; half of it leaves room for the envelope and for a server that is set lower. */
const MAX_PAGE_BYTES = 450_000;
const ENVELOPE_BYTES = 250;

export interface FeedPage {
  events: EventEnvelope[];
  next: Position;
  at_head: boolean;
  head: Position;
  horizon: string;
}

interface Marks {
  head_xid: string | null;
  head_seq: number | null;
  horizon: string;
}
type Row = Marks & { [Column in keyof Omit<EventEnvelope, "payload">]: EventEnvelope[Column] | null } & {
  payload: string | null;
};

/**
 * One page of a service's outbox, in commit-safe order.
 *
 * Rows of transactions at or above the oldest running one are held back: such a transaction may still commit rows that sort
 * before what was already read, and a reader that has moved on would never see them.
 * @param after the reader's position
 * @param types the event types that the reader wants; others are passed over, but move the position on
 * @param limit how many outbox rows to look at
 */
export async function readFeed(
  db: Knex,
  after: Position,
  types: readonly string[] | undefined,
  limit: number,
): Promise<FeedPage> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `SELECT last.xid::text AS head_xid, last.seq AS head_seq, mark.horizon::text, page.*
     FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) AS mark
     LEFT JOIN (SELECT xid, seq FROM outbox ORDER BY xid DESC, seq DESC LIMIT 1) AS last ON true
     LEFT JOIN (
       SELECT xid::text, seq, id, type, subject_id, occurred_at,
              CASE WHEN (:types)::text[] IS NULL OR type = ANY((:types)::text[]) THEN payload::text END AS payload
       FROM outbox
       WHERE (xid, seq) > ((:xid)::xid8, (:seq)::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY outbox.xid, seq
       LIMIT :limit
     ) AS page ON true
     ORDER BY page.xid::xid8, page.seq`,
    { types: types === undefined ? null : [...types], xid: after.xid, seq: after.seq, limit },
  );
  const [first] = rows;
  if (first === undefined) throw new Error("the outbox's marks came back empty");
  const marks = { head: { xid: first.head_xid ?? START.xid, seq: first.head_seq ?? START.seq }, horizon: first.horizon };
  const events: EventEnvelope[] = [];
  let next = after;
  let bytes = 0;
  for (const { xid, seq, id, type, subject_id, occurred_at, payload } of rows) {
    if (xid === null || seq === null) return { events, next, at_head: true, ...marks };
    if (payload !== null && id !== null && type !== null && subject_id !== null && occurred_at !== null) {
      bytes += Buffer.byteLength(payload) + ENVELOPE_BYTES;
      if (bytes > MAX_PAGE_BYTES && events.length > 0) return { events, next, at_head: false, ...marks };
      events.push({ xid, seq, id, type, subject_id, payload: JSON.parse(payload) as unknown, occurred_at });
    }
    next = { xid, seq };
  }
  return { events, next, at_head: rows.length < limit, ...marks };
}
