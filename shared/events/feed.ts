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

type Row = Omit<EventEnvelope, "payload"> & { payload: string | null; wanted: boolean };

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
  // The marks are read before the page: what they promise to be there, the page's later snapshot shows.
  const { head, horizon } = await readMarks(db);
  const { rows } = await db.raw<{ rows: Row[] }>(
    `SELECT xid::text, seq, id, type, subject_id, occurred_at, wanted, CASE WHEN wanted THEN payload::text END AS payload
     FROM (
       SELECT *, ((:types)::text[] IS NULL OR type = ANY((:types)::text[])) AS wanted
       FROM outbox
       WHERE (xid, seq) > ((:xid)::xid8, (:seq)::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY xid, seq
       LIMIT :limit
     ) AS page
     ORDER BY page.xid, page.seq`,
    { types: types === undefined ? null : [...types], xid: after.xid, seq: after.seq, limit },
  );
  const events: EventEnvelope[] = [];
  let next = after;
  let bytes = 0;
  for (const { wanted, payload, ...row } of rows) {
    if (wanted && payload !== null) {
      bytes += Buffer.byteLength(payload) + ENVELOPE_BYTES;
      if (bytes > MAX_PAGE_BYTES && events.length > 0) return { events, next, at_head: false, head, horizon };
      events.push({ ...row, payload: JSON.parse(payload) as unknown });
    }
    next = { xid: row.xid, seq: row.seq };
  }
  return { events, next, at_head: rows.length < limit, head, horizon };
}

async function readMarks(db: Knex): Promise<{ head: Position; horizon: string }> {
  const { rows } = await db.raw<{ rows: { xid: string | null; seq: number | null; horizon: string }[] }>(
    `SELECT last.xid::text, last.seq, mark.horizon::text
     FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) AS mark
     LEFT JOIN (SELECT xid, seq FROM outbox ORDER BY xid DESC, seq DESC LIMIT 1) AS last ON true`,
  );
  const [mark] = rows;
  if (mark === undefined) throw new Error("the outbox's marks came back empty");
  return { head: { xid: mark.xid ?? START.xid, seq: mark.seq ?? START.seq }, horizon: mark.horizon };
}
