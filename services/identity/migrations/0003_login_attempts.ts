import type { Knex } from "knex";

/**
 * login_attempts: one row for each attempt that has failed or is being checked. `username` is in lower case.
 *
 * registrations: one row for each registration of the last hour.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE login_attempts (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      username text NOT NULL,
      origin text NOT NULL,
      failed boolean NOT NULL DEFAULT false,
      attempted_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX login_attempts_username ON login_attempts (username, attempted_at);
    CREATE INDEX login_attempts_origin ON login_attempts (username, origin, attempted_at);
    CREATE INDEX login_attempts_age ON login_attempts (attempted_at);
    CREATE TABLE registrations (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      address text NOT NULL,
      registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX registrations_address ON registrations (address, registered_at);
    CREATE INDEX registrations_age ON registrations (registered_at);
    INSERT INTO locks (name, bucket)
      SELECT name, bucket
      FROM (VALUES ('login_attempts'), ('registrations')) AS lock (name),
        generate_series(0, 255) AS bucket;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE login_attempts, registrations;
    DELETE FROM locks WHERE name IN ('login_attempts', 'registrations');
  `);
}
