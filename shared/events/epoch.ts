import type { Knex } from "../db/open-database";
import { inTransaction } from "../db/transaction";

/**
 * Where a database lives: a restored one is in another server, or another database of it, or (promoted, or
 * restored from a base backup with its log) on another timeline.
 */
const HERE = `(
  SELECT concat_ws('/', system_identifier, pg_database.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))
  FROM pg_control_system(), pg_database WHERE datname = current_database()
)`;

/** Rows of transactions that this server has not started yet: transaction ids start again in a new server. */
const FROM_THE_FUTURE = `coalesce(
  (SELECT max(xid) FROM outbox) >= pg_snapshot_xmax(pg_current_snapshot()), false)`;

interface Found {
  /** undefined at the service's first start */
  known: boolean;
  moved: boolean;
  future: boolean;
}

/**
 * Looks whether the database of this service was restored, at the start of the service and before it writes.
 * If it was, its outbox begins a new epoch: rows whose transaction ids would mislead the feed are renumbered,
 * and the end of what was restored is recorded. Readers find their places again by the ids of events.
 * @param db of the service's own role
 * @returns whether a new epoch began
 */
export async function checkEpoch(db: Knex): Promise<boolean> {
  const { known, moved, future } = await look(db);
  if (known && !moved && !future) return false;
  return inTransaction(db, async (trx) => {
    // There may be millions of rows, and other instances that start.
    await trx.raw("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
    await trx.raw("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE");
    const found = await look(trx);
    if (found.future) await renumber(trx);
    const begins = found.future || (found.known && found.moved);
    if (begins) await beginEpoch(trx);
    await trx.raw(`UPDATE epoch SET server = ${HERE}`);
    return begins;
  });
}

async function look(db: Knex): Promise<Found> {
  const { rows } = await db.raw<{ rows: Found[] }>(
    `SELECT server IS NOT NULL AS known, server IS DISTINCT FROM ${HERE} AS moved,
            ${FROM_THE_FUTURE} AS future
     FROM epoch`,
  );
  return rows[0] ?? { known: false, moved: false, future: false };
}

/**
 * Gives all rows the transaction id 1, below any real one, and as `seq` their rank in the old order. (Numbers
 * of new rows never meet these: they have real transaction ids.)
 */
async function renumber(trx: Knex.Transaction): Promise<void> {
  await trx.raw(
    `WITH old AS (DELETE FROM outbox RETURNING *)
     INSERT INTO outbox (xid, seq, id, type, subject_id, payload, occurred_at) OVERRIDING SYSTEM VALUE
     SELECT '1'::xid8, row_number() OVER (ORDER BY xid, seq), id, type, subject_id, payload, occurred_at
     FROM old`,
  );
}

async function beginEpoch(trx: Knex.Transaction): Promise<void> {
  await trx.raw(
    `UPDATE epoch SET id = gen_random_uuid(), began_at = now(), restored_xid = coalesce(last.xid, '0'),
       restored_seq = coalesce(last.seq, 0), restored_id = last.id
     FROM (SELECT) AS one
     LEFT JOIN (SELECT xid, seq, id FROM outbox ORDER BY xid DESC, seq DESC LIMIT 1) AS last ON true`,
  );
}
