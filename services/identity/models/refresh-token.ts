import { Model } from "objection";

/** One link of a chain of refresh tokens; of a family, one at most is neither used nor revoked. */
export class RefreshToken extends Model {
  static override tableName = "refresh_tokens";
  static override idColumn = "hash";

  declare hash: string;
  declare family: string;
  declare user_id: string;
  declare created_at: string;
  declare expires_at: string;
  declare used_at: string | null;
  declare revoked_at: string | null;
}
