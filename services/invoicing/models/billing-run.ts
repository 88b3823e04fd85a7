import { Model } from "objection";
import type { BillingRun as BillingRunView } from "../../../shared/contracts/invoicing";

/** One order to issue invoices, to mark them overdue or to have reminders sent, up to a day. */
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
}

/** A run with how fast it is and when it will be done, as `timedRuns` reads it. */
export class TimedRun extends BillingRun {
  declare rate: number | null;
  declare estimated_finish: string | null;
}
