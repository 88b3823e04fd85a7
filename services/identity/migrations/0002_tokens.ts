import type { Knex } from "knex";

/**
 * sessions: one login and all its refreshes.
 *
 * refresh_tokens: only the SHA-256 of a token is stored. A token is random, so a slow hash would add nothing.
 * `successor_salt` and the token itself give its successor.
 *
 * signing_keys: one is active. A retired one keeps only its public half, for the tokens that it has signed.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE sessions (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      ended_at timestamptz
    );
    CREATE INDEX sessions_open ON sessions (user_id) WHERE ended_at IS NULL;
    CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

    CREATE TABLE refresh_tokens (
      hash text PRIMARY KEY CHECK (length(hash) = 64),
      session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
      used_at timestamptz,
      successor_salt bytea,
      CHECK ((used_at IS NULL) = (successor_salt IS NULL))
    );
    CREATE UNIQUE INDEX refresh_tokens_one_unused ON refresh_tokens (session_id) WHERE used_at IS NULL;
    CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
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
  await knex.raw("DROP TABLE refresh_tokens, sessions, signing_keys");
}
