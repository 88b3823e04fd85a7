import type { Knex } from "knex";

/**
 * Names and addresses are stored as given and compared without case: `Ann` and `ann` are the same user. Users
 * may share an address: a refusal would tell strangers who has an account.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE users (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      username text NOT NULL CHECK (username <> '' AND length(username) <= 150),
      email text NOT NULL CHECK (email <> '' AND length(email) <= 254),
      password_hash text NOT NULL CHECK (starts_with(password_hash, '$argon2id$')),
      is_staff boolean NOT NULL DEFAULT false,
      is_active boolean NOT NULL DEFAULT true,
      date_joined timestamptz NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX users_username_unique ON users (lower(username));
    CREATE INDEX users_email ON users (lower(email));
    CREATE INDEX users_staff ON users (id) WHERE is_staff;
    INSERT INTO locks (name) VALUES ('staff_accounts');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE users; DELETE FROM locks WHERE name = 'staff_accounts'");
}
