import type { AuditCheck } from "./checks";

/** Minutes, in SQL and here: what is younger may simply be on its way. */
export const STUCK_AFTER_MS = 5 * 60_000;
const STUCK_AFTER = `interval '${STUCK_AFTER_MS} milliseconds'`;

/** What must hold in every service's outbox, cursors and dead letters. */
export const EVENT_PATH_CHECKS: AuditCheck[] = [
  {
    check: "dead_letters",
    says: "no event was laid aside after failing",
    sql: "SELECT id FROM dead_letters",
  },
  {
    // A transaction that never ends holds the feed back, and so do ids from another cluster's future.
    check: "events_given_out",
    says: "no event is held back in the outbox for more than five minutes",
    sql: `SELECT id FROM outbox
          WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) AND occurred_at < now() - ${STUCK_AFTER}`,
  },
  {
    check: "cursors_in_the_past",
    says: "no cursor stands at a transaction that has not begun yet, and passes over what comes before it",
    sql: "SELECT producer AS id FROM cursors WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())",
  },
];
