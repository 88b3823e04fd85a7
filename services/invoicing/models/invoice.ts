import { Model, raw, type QueryBuilder } from "objection";
import type { Knex } from "../../../shared/db/open-database";
import type { BillTo, InvoiceStatus } from "../../../shared/contracts/invoicing";

/** One position of an invoice, as it was issued. Stored as JSON; the lines add up to the subtotal. */
export interface StoredLine {
  /** which of the subscription's items it bills */
  item?: string;
  /** or the charge that it bills */
  charge?: string;
  /** of an item: without the days, which are the invoice's period */
  description: string;
  quantity: number;
  unit_amount_minor: number;
  amount_minor: number;
  /** of an item: since when its price was in force */
  price_from?: string;
}

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
  /** the subscription's: period n starts at anchor + n × step. Null if billing did not know them any more. */
  declare anchor: string | null;
  declare step: object | null;
  declare lines: StoredLine[];
  declare subtotal_minor: number;
  declare discount_minor: number;
  declare tax_minor: number;
  /** whether the tax lies within the amounts of the lines */
  declare tax_inclusive: boolean;
  /** the total */
  declare amount_minor: number;
  declare currency: string;
  declare issue_date: string;
  declare due_date: string;
  declare status: InvoiceStatus;
  declare paid_at: string | null;
  declare credited_minor: number;
  declare balance_applied_minor: number;
  declare paid_minor: number;
  /** what is left to pay, from the others by the database */
  declare due_minor: number;
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
