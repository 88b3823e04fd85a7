import type { Knex } from "knex";

/**
 * The tables through which facts travel, the same in every service's schema.
 *
 * outbox: (xid, seq) is the order of the feed; xid comes first because a row becomes visible when its
 * transaction commits, and the feed hands out only transactions below the oldest running one. There is no
 * other index: every insert pays for each.
 *
 * locks: rows to be locked, see shared/db/locks.ts. The service's own migrations add them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE outbox (
      seq bigint GENERATED ALWAYS AS IDENTITY,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      id uuid NOT NULL DEFAULT uuidv7(),
      type text NOT NULL,
      subject_id text NOT NULL,
      payload jsonb NOT NULL CHECK (pg_column_size(payload) <= 65536),
      occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (xid, seq)
    );
    CREATE TABLE cursors (
      producer text PRIMARY KEY,
      xid xid8 NOT NULL DEFAULT '0',
      seq bigint NOT NULL DEFAULT 0,
      moved_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE dead_letters (
      id uuid PRIMARY KEY,
      producer text NOT NULL,
      type text NOT NULL,
      subject_id text NOT NULL,
      payload jsonb NOT NULL,
      occurred_at timestamptz NOT NULL,
      error text NOT NULL,
      attempts integer NOT NULL,
      failed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE locks (
      name text NOT NULL,
      bucket smallint NOT NULL DEFAULT 0,
      PRIMARY KEY (name, bucket)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE outbox, cursors, dead_letters, locks");
}
