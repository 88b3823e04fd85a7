import { Model } from "objection";
import type { BillingRun as BillingRunView } from "../../../shared/contracts/invoicing";

/** One order to issue invoices, mark them overdue or have reminders sent, up to a day. */
export class BillingRun extends Model {
  static override tableName = "billing_runs";
  static override jsonAttributes = ["counts"];

  declare id: string;
  declare kind: BillingRunView["kind"];
  declare as_of: string;
  declare status: BillingRunView["status"];
  declare counts: Record<string, number>;
  declare error: string | null;
  declare event_id: string | null;
  declare created_at: string;
  declare started_at: string | null;
  declare finished_at: string | null;
}

/** The columns that a run shows to others. */
export const BILLING_RUN_COLUMNS = [
  "id",
  "kind",
  "as_of",
  "status",
  "counts",
  "error",
  "created_at",
  "started_at",
  "finished_at",
] as const;
