import { Model } from "objection";

/** A refresh token. Of each family at most one is neither used nor revoked. */
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
