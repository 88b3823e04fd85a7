import type { Knex } from "knex";

/**
 * totp: the second factor of a user. It counts once `confirmed_at` is set. `last_step` is the newest time
 * step of a code that was accepted: none up to it is accepted again. `recovery` are the SHA-256 of the codes
 * that replace a lost device, each once. The secret is readable here, like the keys that sign access tokens.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE totp (
      user_id uuid PRIMARY KEY REFERENCES users,
      secret text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      confirmed_at timestamptz,
      last_step bigint NOT NULL DEFAULT 0,
      recovery bytea[] NOT NULL DEFAULT '{}'
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE totp");
}
