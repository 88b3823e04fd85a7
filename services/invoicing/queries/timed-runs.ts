import { billingRun } from "../../../shared/contracts/invoicing";
import { selectList } from "../../../shared/db/columns";
import type { Knex } from "../../../shared/db/open-database";
import { TimedRun } from "../models/billing-run";

/** Invoices per second of the machine's time, not of business time. */
const RATE = `round((counts->>'issued')::bigint
  / nullif(extract(epoch FROM coalesce(finished_at, now()) - started_at), 0), 1)::float8`;

const STILL_TO_ISSUE = `greatest(0,
  (counts->>'due')::float8 - (counts->>'issued')::float8 - coalesce((counts->>'parked')::float8, 0))`;

const ESTIMATED_FINISH = `CASE WHEN status = 'running' AND (counts->>'issued')::bigint > 0
  THEN now() + (now() - started_at) * ${STILL_TO_ISSUE} / (counts->>'issued')::float8 END`;

const COLUMNS = selectList(billingRun, { rate: RATE, estimated_finish: ESTIMATED_FINISH });

/** Runs as the contract shows them, with how fast they are and when they will be done. */
export function timedRuns(db: Knex) {
  return TimedRun.query(db).select(db.raw(COLUMNS));
}
