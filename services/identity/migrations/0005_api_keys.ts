import type { Knex } from "knex";

/**
 * api_keys: only the SHA-256 of a secret is stored. A secret is random, so a slow hash would add nothing.
 * After a rotation the secret before it stays valid until `old_secret_until`. Revoked keys are kept: what
 * they did is on record. `last_used_at` is written in bulk, about once a minute.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE api_keys (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      name text NOT NULL CHECK (name <> '' AND length(name) <= 100),
      scope text NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
      secret_sha256 bytea NOT NULL CHECK (length(secret_sha256) = 32),
      old_secret_sha256 bytea CHECK (length(old_secret_sha256) = 32),
      old_secret_until timestamptz,
      rate_limit integer NOT NULL CHECK (rate_limit > 0),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      expires_at timestamptz,
      rotated_at timestamptz,
      revoked_at timestamptz,
      last_used_at timestamptz,
      CHECK ((old_secret_sha256 IS NULL) = (old_secret_until IS NULL)),
      CHECK (old_secret_until IS NULL OR rotated_at IS NOT NULL)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE api_keys");
}
