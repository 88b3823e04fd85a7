import { Model } from "objection";

/** A refresh token. Of each session at most one is not used. */
export class RefreshToken extends Model {
  static override tableName = "refresh_tokens";
  static override idColumn = "hash";

  declare hash: string;
  declare session_id: string;
  declare created_at: string;
  declare expires_at: string;
  declare used_at: string | null;
  declare successor_salt: Buffer | null;
}
