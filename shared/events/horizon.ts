import type { Knex } from "../db/open-database";

/** A feed that is held back for so long asks who holds it back. */
const STUCK_AFTER_MS = 2_000;

/** By feed: the transaction of an event that is held back, and when that was first seen. */
const heldBack = new WeakMap<Knex, { xid: bigint; since_ms: number }>();

/**
 * Whether a feed has held back an event for a while, as far as this process has seen. Transactions that hold
 * it back one after the other count as one.
 * @param head_xid the transaction of the feed's last event
 * @param horizon the oldest running transaction
 */
export function isStuck(db: Knex, head_xid: string, horizon: string): boolean {
  const known = heldBack.get(db);
  const since_ms = performance.now();
  if (known !== undefined && known.xid >= BigInt(horizon)) return since_ms - known.since_ms > STUCK_AFTER_MS;
  if (BigInt(head_xid) < BigInt(horizon)) heldBack.delete(db);
  else heldBack.set(db, { xid: BigInt(head_xid), since_ms });
  return false;
}

/**
 * Running transactions that cannot write to this outbox: those of other databases, and those of roles without
 * the right to. Postgres shows everybody which session has which transaction, and whose session it is.
 */
const HARMLESS = `
  SELECT transactionid::text::bigint AS xid
  FROM pg_locks JOIN pg_stat_activity AS session USING (pid)
  WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND usesysid IS NOT NULL
    AND (datname <> current_database() OR NOT (
      has_table_privilege(usesysid, 'outbox', 'INSERT') OR pg_has_role(usesysid, current_user, 'MEMBER')
    ))`;

/**
 * SQL of the first transaction that may still write to this outbox. The usual horizon is the oldest
 * transaction of the whole server, which is cheaper to ask for; but any role could hold back all feeds by
 * leaving one open.
 */
export const WRITERS_HORIZON = `
  WITH mark AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
  SELECT coalesce(min(running.xid), max(pg_snapshot_xmax(snapshot))) AS horizon
  FROM mark LEFT JOIN LATERAL (
    SELECT xid FROM pg_snapshot_xip(snapshot) AS xid
    WHERE xid::text::bigint & 4294967295 NOT IN (${HARMLESS})
  ) AS running ON true`;

/** The first transaction that may still write to this outbox. */
export async function writersHorizon(db: Knex): Promise<string> {
  const { rows } = await db.raw<{ rows: { horizon: string }[] }>(
    `SELECT horizon::text FROM (${WRITERS_HORIZON}) AS writers`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("Postgres gave no snapshot");
  return row.horizon;
}
