import type { Knex } from "knex";

/**
 * One row for each attempt that has failed or is being checked. `username` is in lower case. It becomes null
 * when the user logs in: the attempt then counts only for the client's address.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE login_attempts (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      username text,
      client text NOT NULL,
      failed boolean NOT NULL DEFAULT false,
      attempted_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX login_attempts_username ON login_attempts (username, attempted_at);
    CREATE INDEX login_attempts_client ON login_attempts (client, attempted_at);
    CREATE INDEX login_attempts_age ON login_attempts (attempted_at);
    INSERT INTO locks (name, bucket)
      SELECT name, bucket
      FROM (VALUES ('logins_of_username'), ('logins_of_address')) AS lock (name),
        generate_series(0, 255) AS bucket;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE login_attempts; DELETE FROM locks WHERE starts_with(name, 'logins_')");
}
