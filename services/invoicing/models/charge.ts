import { Model } from "objection";

/** What a customer owes once, besides the periods of subscriptions; amounts in minor units. */
export class Charge extends Model {
  static override tableName = "charges";

  declare id: string;
  declare customer_id: string;
  declare description: string;
  declare quantity: number;
  declare unit_amount_minor: number;
  declare amount_minor: number;
  declare currency: string;
  declare created_at: string;
  /** the invoice that has a line for it; null while it waits */
  declare invoice_id: string | null;
}
