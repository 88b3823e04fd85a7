import type { Knex } from "knex";

/**
 * slots: what has been emitted. The key makes every slot be emitted once, also with several instances.
 *
 * clock: one row. `moved_to` is the time of the test clock, null while it is the system's time. `mover` is
 * the call that is moving the clock. It holds the clock until `moving_until` (wall clock) and extends that
 * with every step; if it dies, the clock is free again after that time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE slots (
      job text NOT NULL,
      slot timestamptz NOT NULL,
      as_of date NOT NULL,
      emitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (job, slot)
    );
    CREATE TABLE clock (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      moved_to timestamptz,
      mover uuid,
      moving_until timestamptz,
      CHECK ((mover IS NULL) = (moving_until IS NULL))
    );
    INSERT INTO clock DEFAULT VALUES;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE slots, clock");
}
