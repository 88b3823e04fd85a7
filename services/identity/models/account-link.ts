import { Model } from "objection";
import type { LinkPurpose } from "../../../shared/contracts/accounts";

/** A link in a mail about an account. */
export class AccountLink extends Model {
  static override tableName = "account_links";

  declare id: string;
  declare purpose: LinkPurpose;
  /** null for an invitation */
  declare user_id: string | null;
  /** the customer that somebody is invited to */
  declare customer_id: string | null;
  /** where the link goes */
  declare email: string;
  declare secrets: Buffer[];
  declare created_at: string;
  declare expires_at: string;
  declare used_at: string | null;
  declare withdrawn_at: string | null;
}
