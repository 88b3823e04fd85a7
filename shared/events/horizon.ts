import type { Knex } from "../db/open-database";

/** A feed that is held back for so long asks who holds it back. */
const STUCK_AFTER_MS = 2_000;

const heldBack = new WeakMap<Knex, { horizon: string; since_ms: number }>();

/** Whether a feed has been held back by the same transaction for a while, as far as this process has seen. */
export function isStuck(db: Knex, head_xid: string, horizon: string): boolean {
  if (BigInt(head_xid) < BigInt(horizon)) {
    heldBack.delete(db);
    return false;
  }
  const known = heldBack.get(db);
  if (known?.horizon === horizon) return performance.now() - known.since_ms > STUCK_AFTER_MS;
  heldBack.set(db, { horizon, since_ms: performance.now() });
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
 * The first transaction that may still write to this outbox. The usual horizon is the oldest transaction of
 * the whole server, which is cheaper to ask for; but any role could hold back all feeds by leaving one open.
 */
export async function writersHorizon(db: Knex): Promise<string> {
  const { rows } = await db.raw<{ rows: { horizon: string }[] }>(
    `WITH mark AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot)
     SELECT coalesce(min(running.xid), max(pg_snapshot_xmax(snapshot)))::text AS horizon
     FROM mark LEFT JOIN LATERAL (
       SELECT xid FROM pg_snapshot_xip(snapshot) AS xid
       WHERE xid::text::bigint & 4294967295 NOT IN (${HARMLESS})
     ) AS running ON true`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("Postgres gave no snapshot");
  return row.horizon;
}
