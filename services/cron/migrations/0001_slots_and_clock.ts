import type { Knex } from "knex";

/**
 * slots: what has been emitted, so that each slot is emitted once, however many instances tick.
 *
 * clock: one row. `moved_to` is where a test clock stands, null while it runs with the system's. `mover` has
 * it moving until `moving_until` (wall clock), which it puts off with every step; a mover that died is
 * forgotten by then.
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
