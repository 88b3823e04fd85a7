import type { Knex } from "knex";

/**
 * The tables through which facts travel, the same in every service's schema.
 *
 * outbox: (xid, seq) is the order of the feed; xid comes first because a row becomes visible when its
 * transaction commits, and the feed hands out only transactions below the oldest running one. There is no
 * other index: every insert pays for each.
 *
 * epoch: one row about the outbox, see shared/events/epoch.ts. `server` is where it was at the service's last
 * start; `restored_…` its end when it was restored last; `dropped_until` when the newest row was written that
 * was dropped for its age.
 *
 * cursors: the last event that was consumed, by its id and where it stood in that epoch.
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
    CREATE TABLE epoch (
      one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      began_at timestamptz NOT NULL DEFAULT now(),
      server text,
      restored_xid xid8 NOT NULL DEFAULT '0',
      restored_seq bigint NOT NULL DEFAULT 0,
      restored_id uuid,
      dropped_until timestamptz
    );
    INSERT INTO epoch DEFAULT VALUES;
    CREATE TABLE cursors (
      producer text PRIMARY KEY,
      epoch uuid,
      xid xid8 NOT NULL DEFAULT '0',
      seq bigint NOT NULL DEFAULT 0,
      event_id uuid,
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
  await knex.raw("DROP TABLE outbox, epoch, cursors, dead_letters, locks");
}
