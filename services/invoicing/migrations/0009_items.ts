import type { Knex } from "knex";

/**
 * Copies of the components of plans, from the catalog, and of how much of them each subscription has on which
 * days. Only `billables.itemised` have such rows, so that a run looks for them only there.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE components (
      plan_id uuid NOT NULL,
      item text NOT NULL,
      description text NOT NULL,
      position integer NOT NULL,
      PRIMARY KEY (plan_id, item)
    );
    ALTER TABLE plan_prices ADD COLUMN item text NOT NULL DEFAULT 'base', DROP CONSTRAINT plan_prices_pkey,
      ADD PRIMARY KEY (plan_id, item, effective_from);
    CREATE TABLE items (
      subscription_id uuid NOT NULL,
      item text NOT NULL,
      plan_id uuid NOT NULL,
      quantity integer NOT NULL CHECK (quantity >= 0),
      days daterange NOT NULL CHECK (NOT isempty(days)),
      CONSTRAINT one_quantity_a_day EXCLUDE USING gist (
        subscription_id WITH =, item WITH =, days WITH &&
      )
    );
    ALTER TABLE billables ADD COLUMN itemised boolean NOT NULL DEFAULT false;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE billables DROP COLUMN itemised;
    DROP TABLE items, components;
    DELETE FROM plan_prices WHERE item <> 'base';
    ALTER TABLE plan_prices DROP CONSTRAINT plan_prices_pkey, DROP COLUMN item,
      ADD PRIMARY KEY (plan_id, effective_from);
    UPDATE dead_letters SET payload = payload - 'item' - 'items' - 'components'
    WHERE type IN ('plan.created', 'plan.updated', 'plan.price_set', 'subscription.created');
  `);
}
