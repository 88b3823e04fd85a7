import { Model } from "objection";

/** One login and all its refreshes. */
export class Session extends Model {
  static override tableName = "sessions";

  declare id: string;
  declare user_id: string;
  declare created_at: string;
  declare ended_at: string | null;
}
