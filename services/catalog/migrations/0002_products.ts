import type { Knex } from "knex";

/** product: a customer has at most one live subscription to each. Plans that exist get the default one. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE plans ADD COLUMN product text NOT NULL DEFAULT 'default'
      CHECK (product ~ '^[a-z0-9][a-z0-9_.-]{0,63}$');
    ALTER TABLE plans ALTER COLUMN product DROP DEFAULT;
    UPDATE outbox SET payload = payload || '{"product": "default"}'
    WHERE type IN ('plan.created', 'plan.updated', 'plan.archived');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE plans DROP COLUMN product;
    UPDATE outbox SET payload = payload - 'product' WHERE type LIKE 'plan.%';
  `);
}
