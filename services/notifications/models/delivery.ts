import { Model } from "objection";
import type { DeliveryKind, DeliveryStatus } from "../../../shared/contracts/notifications";

/** A mail to a customer, sent or to be sent. */
export class Delivery extends Model {
  static override tableName = "deliveries";

  declare id: string;
  declare kind: DeliveryKind;
  declare invoice_id: string | null;
  declare customer_id: string | null;
  declare user_id: string | null;
  declare day: string;
  declare status: DeliveryStatus;
  declare attempts: number;
  declare error: string | null;
  declare link_id: string | null;
  /** the facts for the text */
  declare payload: Record<string, unknown>;
  declare sent_at: string | null;
}
