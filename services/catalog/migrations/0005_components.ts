import type { Knex } from "knex";

/** The parts of a plan that have prices of their own; the plan's own price is that of the item `base`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE plan_components (
      plan_id uuid NOT NULL REFERENCES plans,
      item text NOT NULL CHECK (item ~ '^[a-z0-9][a-z0-9_-]{0,39}$' AND item <> 'base'),
      description text NOT NULL CHECK (btrim(description) <> '' AND length(description) <= 100),
      per_unit boolean NOT NULL,
      position integer NOT NULL,
      PRIMARY KEY (plan_id, item)
    );
    ALTER TABLE plan_prices ADD COLUMN item text NOT NULL DEFAULT 'base', DROP CONSTRAINT plan_prices_pkey,
      ADD PRIMARY KEY (plan_id, item, effective_from);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DELETE FROM plan_prices WHERE item <> 'base';
    ALTER TABLE plan_prices DROP CONSTRAINT plan_prices_pkey, DROP COLUMN item,
      ADD PRIMARY KEY (plan_id, effective_from);
    DROP TABLE plan_components;
    DELETE FROM outbox WHERE type = 'plan.price_set' AND payload ->> 'item' <> 'base';
    UPDATE outbox SET payload = payload - 'item' - 'components' WHERE type LIKE 'plan.%';
  `);
}
