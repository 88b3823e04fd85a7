import type { Knex } from "knex";

/**
 * How much of each component of its plan a subscription has, and on which days. A subscription to a plan
 * without components has no row: it is billed for the plan's own price alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE subscription_items (
      subscription_id uuid NOT NULL REFERENCES subscriptions,
      item text NOT NULL,
      plan_id uuid NOT NULL,
      quantity integer NOT NULL CHECK (quantity BETWEEN 0 AND 1000000),
      days daterange NOT NULL CHECK (NOT isempty(days)),
      CONSTRAINT one_quantity_a_day EXCLUDE USING gist (
        subscription_id WITH =, item WITH =, days WITH &&
      )
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TABLE subscription_items;
    UPDATE outbox SET payload = payload - 'items' WHERE type = 'subscription.created';
  `);
}
