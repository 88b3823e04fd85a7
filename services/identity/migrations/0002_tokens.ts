import type { Knex } from "knex";

/**
 * refresh_tokens: only the SHA-256 of a token is stored. A token is random, so a slow hash would add nothing.
 * A family is one login and all its refreshes.
 *
 * signing_keys: one is active. A retired one keeps only its public half, for the tokens that it has signed.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE refresh_tokens (
      hash text PRIMARY KEY CHECK (length(hash) = 64),
      family uuid NOT NULL,
      user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
      used_at timestamptz,
      revoked_at timestamptz
    );
    CREATE UNIQUE INDEX refresh_tokens_one_live ON refresh_tokens (family)
      WHERE used_at IS NULL AND revoked_at IS NULL;
    CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
    CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

    CREATE TABLE signing_keys (
      kid uuid PRIMARY KEY DEFAULT uuidv7(),
      private_pem text,
      public_pem text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      retired_at timestamptz,
      CHECK ((retired_at IS NULL) = (private_pem IS NOT NULL))
    );
    CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys ((retired_at IS NULL))
      WHERE retired_at IS NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE refresh_tokens, signing_keys");
}
