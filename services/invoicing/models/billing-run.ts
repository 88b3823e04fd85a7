import { Model, raw, type QueryBuilder } from "objection";
import type { Knex } from "../../../shared/db/open-database";
import type { BillingRun as BillingRunView } from "../../../shared/contracts/invoicing";

/** One order to issue invoices, mark them overdue or have reminders sent, up to a day. */
export class BillingRun extends Model {
  static override tableName = "billing_runs";
  static override jsonAttributes = ["counts", "max_total", "issued_minor"];

  declare id: string;
  declare kind: BillingRunView["kind"];
  declare as_of: string;
  declare status: BillingRunView["status"];
  declare counts: Record<string, number>;
  declare max_count: number | null;
  declare max_total: Record<string, number> | null;
  /** what a limited run has issued so far: minor units by currency */
  declare issued_minor: Record<string, number>;
  declare error: string | null;
  declare event_id: string | null;
  declare created_at: string;
  declare started_at: string | null;
  declare finished_at: string | null;
  /** these two are there in `shownRuns` only */
  declare rate: number | null;
  declare estimated_finish: string | null;
}

const COLUMNS = [
  "id",
  "kind",
  "as_of",
  "status",
  "counts",
  "max_count",
  "max_total",
  "error",
  "created_at",
  "started_at",
  "finished_at",
] as const;

/** Invoices per second: the machine's time, not business time. */
const RATE = `round((counts->>'issued')::bigint / nullif(extract(epoch FROM coalesce(finished_at, now()) - started_at), 0), 1)::float8`;
const ESTIMATED_FINISH = `
  CASE WHEN status = 'running' AND (counts->>'issued')::bigint > 0 THEN now() + (now() - started_at)
    * greatest((counts->>'due')::float8 - (counts->>'issued')::float8 - coalesce((counts->>'parked')::float8, 0), 0)
    / (counts->>'issued')::float8
  END`;

/** Runs as they are shown to others, with how fast they are and when they will be done. */
export function shownRuns(db: Knex): QueryBuilder<BillingRun> {
  return BillingRun.query(db).select(
    ...COLUMNS,
    raw(RATE).as("rate"),
    raw(ESTIMATED_FINISH).as("estimated_finish"),
  );
}
