import type { Knex } from "knex";

/**
 * plans: a copy of the catalog's, for what subscribers may do. A plan that is not known yet has no features.
 *
 * `begun`: whether its start has been told, by an event `entitlements.changed`.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE plans (
      id uuid PRIMARY KEY,
      features jsonb NOT NULL CHECK (jsonb_typeof(features) = 'object')
    );
    ALTER TABLE subscriptions
      ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
      ADD COLUMN begun boolean NOT NULL DEFAULT true;
    CREATE INDEX subscriptions_to_begin ON subscriptions (start_date) WHERE NOT begun AND status = 'active';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX subscriptions_to_begin;
    ALTER TABLE subscriptions DROP COLUMN begun, DROP COLUMN metadata;
    DROP TABLE plans;
    DELETE FROM outbox WHERE type IN ('entitlements.changed', 'subscription.updated');
  `);
}
