import { Model } from "objection";
import type { DeliveryKind, DeliveryStatus } from "../../../shared/contracts/notifications";

/** A row of `deliveries`, as the contract gives it. */
export class Delivery extends Model {
  static override tableName = "deliveries";

  declare id: string;
  declare kind: DeliveryKind;
  declare invoice_id: string;
  declare user_id: string;
  declare day: string;
  declare status: DeliveryStatus;
  declare attempts: number;
  declare error: string | null;
  declare sent_at: string | null;
}

/** The columns that others may see. */
export const DELIVERY_COLUMNS = [
  "id",
  "kind",
  "invoice_id",
  "user_id",
  "day",
  "status",
  "attempts",
  "error",
  "sent_at",
] as const;
