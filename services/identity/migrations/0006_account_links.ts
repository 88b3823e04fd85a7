import type { Knex } from "knex";

/**
 * account_links: the links in mails about accounts. Each works once, until `expires_at` (wall clock) or until
 * it is withdrawn. `email` is where it goes. `secrets` are the SHA-256 of the secrets that were mailed: a
 * mail that is sent again has a new one, and both open the link.
 *
 * reset_requests: who has asked for a new password. A worker answers them, so that an answer takes the same
 * time for an address that has an account and for one that has none.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE users ADD COLUMN email_confirmed_at timestamptz;
    CREATE TABLE account_links (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      purpose text NOT NULL
        CHECK (purpose IN ('invitation', 'password_reset', 'email_confirmation', 'email_change')),
      user_id uuid REFERENCES users CHECK ((user_id IS NULL) = (purpose = 'invitation')),
      customer_id uuid REFERENCES customers CHECK ((customer_id IS NOT NULL) = (purpose = 'invitation')),
      email text NOT NULL CHECK (email <> '' AND length(email) <= 254),
      secrets bytea[] NOT NULL DEFAULT '{}' CHECK (cardinality(secrets) <= 20),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      withdrawn_at timestamptz CHECK (used_at IS NULL OR withdrawn_at IS NULL)
    );
    CREATE INDEX account_links_customer ON account_links (customer_id, id) WHERE customer_id IS NOT NULL;
    CREATE INDEX account_links_user ON account_links (user_id, id) WHERE user_id IS NOT NULL;
    CREATE INDEX account_links_expires_at ON account_links (expires_at);
    CREATE TABLE reset_requests (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      network text NOT NULL,
      email text NOT NULL,
      asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      answered boolean NOT NULL DEFAULT false
    );
    CREATE INDEX reset_requests_network ON reset_requests (network, asked_at);
    CREATE INDEX reset_requests_open ON reset_requests (id) WHERE NOT answered;
    INSERT INTO locks (name, bucket) SELECT 'reset_requests', bucket FROM generate_series(0, 255) AS bucket;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE users DROP COLUMN email_confirmed_at;
    DROP TABLE account_links, reset_requests;
    DELETE FROM locks WHERE name = 'reset_requests';
  `);
}
