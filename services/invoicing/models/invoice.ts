import { Model, raw, type QueryBuilder } from "objection";
import type { Knex } from "../../../shared/db/open-database";
import type { BillTo, InvoiceStatus } from "../../../shared/contracts/invoicing";

/** What one customer owes for one period of one subscription. */
export class Invoice extends Model {
  static override tableName = "invoices";

  declare id: string;
  declare sequence: number;
  /** made from `sequence` by the database */
  declare number: string;
  declare subscription_id: string;
  declare customer_id: string;
  declare plan_id: string;
  declare period_index: number;
  declare period_start: string;
  declare period_end: string;
  declare amount_minor: number;
  declare currency: string;
  declare price_effective_from: string;
  declare issue_date: string;
  declare due_date: string;
  declare status: InvoiceStatus;
  declare paid_at: string | null;
  declare payment_id: string | null;
  declare refunded_minor: number;
  declare disputed_at: string | null;
  /** null for an invoice that was issued at once, when its subscription was new */
  declare run_id: string | null;
  /** null for an invoice from before customers were kept */
  declare bill_to: BillTo | null;
  /** the subscription's, at the issue */
  declare metadata: Record<string, string>;
  declare created_at: string;
}

/** An invoice and the user who signed up as its customer, if that is how the customer came. */
export class ShownInvoice extends Invoice {
  declare user_id: string | null;

  static read(db: Knex): QueryBuilder<ShownInvoice> {
    return ShownInvoice.query(db).select("invoices.*", raw(USER_OF_INVOICE).as("user_id"));
  }
}

/** SQL of the user who signed up as an invoice's customer. */
export const USER_OF_INVOICE = "(SELECT user_id FROM customers WHERE customers.id = customer_id)";
