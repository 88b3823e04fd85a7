import { WRITERS_HORIZON } from "../../events/horizon";
import type { AuditCheck } from "./checks";

/** Younger events and rows are work in progress. */
export const STUCK_AFTER_MS = 5 * 60_000;
const STUCK_AFTER = `interval '${STUCK_AFTER_MS} milliseconds'`;

/** The rules for what every service has: outbox, cursors, dead letters, and requests that are made once. */
export const EVENT_PATH_CHECKS: AuditCheck[] = [
  {
    check: "dead_letters",
    says: "no event became a dead letter",
    sql: "SELECT id FROM dead_letters",
  },
  {
    // Causes: a transaction that never ends, or rows with transaction ids of another cluster.
    check: "events_given_out",
    says: "no event is held back in the outbox for more than five minutes",
    sql: `SELECT id FROM outbox
          WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) AND occurred_at < now() - ${STUCK_AFTER}
            AND xid >= (${WRITERS_HORIZON})`,
  },
  {
    check: "requests_ended",
    says: "no request with an Idempotency-Key has been under way for more than five minutes",
    sql: `SELECT concat_ws(' ', action, scope, key) AS id FROM idempotency_records
          WHERE NOT done AND created_at < now() - ${STUCK_AFTER}`,
  },
];
