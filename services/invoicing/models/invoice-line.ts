import { Model } from "objection";

/** One position of an invoice; the lines add up to its amount. */
export class InvoiceLine extends Model {
  static override tableName = "invoice_lines";
  static override idColumn = ["invoice_id", "position"];

  declare invoice_id: string;
  declare position: number;
  declare description: string;
  declare quantity: number;
  declare unit_amount_minor: number;
  declare amount_minor: number;
}
