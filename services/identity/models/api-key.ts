import { Model, raw, type QueryBuilder } from "objection";
import type { KeyScope } from "../../../shared/contracts/contract";
import type { Knex } from "../../../shared/db/open-database";

/** A key with which a team's own software calls. */
export class ApiKey extends Model {
  static override tableName = "api_keys";

  declare id: string;
  declare name: string;
  declare scope: KeyScope;
  declare secret_sha256: Buffer;
  declare old_secret_sha256: Buffer | null;
  declare old_secret_until: string | null;
  /** calls in a minute */
  declare rate_limit: number;
  declare created_at: string;
  declare expires_at: string | null;
  declare rotated_at: string | null;
  declare revoked_at: string | null;
  declare last_used_at: string | null;

  /** Writes a new secret to a locked key. The present one stays valid for `overlap_s` seconds. */
  rotate(trx: Knex.Transaction, sha256: Buffer, overlap_s: number): QueryBuilder<ApiKey, ApiKey> {
    const old =
      overlap_s === 0
        ? { old_secret_sha256: null, old_secret_until: null }
        : {
            old_secret_sha256: this.secret_sha256,
            old_secret_until: raw("clock_timestamp() + make_interval(secs => ?)", [overlap_s]),
          };
    const change = { secret_sha256: sha256, rotated_at: raw("clock_timestamp()"), ...old };
    return ApiKey.query(trx).patchAndFetchById(this.id, change);
  }

  /** Ends a locked key for good. */
  revoke(trx: Knex.Transaction): QueryBuilder<ApiKey, ApiKey> {
    return ApiKey.query(trx).patchAndFetchById(this.id, { revoked_at: raw("clock_timestamp()") });
  }

  /** Reads and locks a key: until the transaction ends, nobody else changes it. */
  static lock(trx: Knex.Transaction, id: string): QueryBuilder<ApiKey, ApiKey | undefined> {
    return ApiKey.query(trx).findById(id).forNoKeyUpdate();
  }
}
