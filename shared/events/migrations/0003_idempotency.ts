import type { Knex } from "knex";

/**
 * idempotency_records: the requests that came with an Idempotency-Key, see shared/service/idempotency. A row
 * commits with the effect of its request. `scope` is the caller; for callers who are not known it also holds
 * the hash of the request, so that nobody meets the key of somebody else. `answer` is JSON as text, which
 * keeps the order of its fields; null while the request is under way, and where the answer is not kept.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE idempotency_records (
      scope text NOT NULL,
      action text NOT NULL,
      key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
      request_sha256 bytea NOT NULL CHECK (length(request_sha256) = 32),
      answer json,
      done boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (scope, action, key)
    );
    CREATE INDEX idempotency_records_created_at ON idempotency_records (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE idempotency_records");
}
