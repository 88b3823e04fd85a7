import { Model } from "objection";
import type { InvoiceStatus } from "../../../shared/contracts/invoicing";

/** What one customer owes for one period of one subscription. */
export class Invoice extends Model {
  static override tableName = "invoices";

  declare id: string;
  declare sequence: number;
  declare number: string;
  declare subscription_id: string;
  declare user_id: string;
  declare plan_id: string;
  declare period_index: number;
  declare period_start: string;
  declare period_end: string;
  declare amount_minor: number;
  declare currency: string;
  declare issue_date: string;
  declare due_date: string;
  declare status: InvoiceStatus;
  declare paid_at: string | null;
  declare refunded_minor: number;
  declare disputed_at: string | null;
}

/** The columns that an invoice shows to others. */
export const INVOICE_COLUMNS = [
  "id",
  "number",
  "subscription_id",
  "user_id",
  "plan_id",
  "period_start",
  "period_end",
  "amount_minor",
  "currency",
  "issue_date",
  "due_date",
  "status",
  "paid_at",
  "refunded_minor",
  "disputed_at",
] as const;
