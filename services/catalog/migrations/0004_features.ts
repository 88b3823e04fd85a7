import type { Knex } from "knex";

/**
 * features: what a plan gives its subscribers, by name: true or false, a number, or a text. All plans are
 * told anew, for those who now keep features.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE plans ADD COLUMN features jsonb NOT NULL DEFAULT '{}'
      CHECK (jsonb_typeof(features) = 'object');
    ALTER TABLE plans ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}'
      CHECK (jsonb_typeof(metadata) = 'object');
    INSERT INTO outbox (type, subject_id, payload)
    SELECT 'plan.updated', id, jsonb_build_object(
      'id', id, 'name', name, 'product', product, 'currency', currency, 'interval', "interval",
      'interval_count', interval_count, 'trial_days', trial_days, 'features', features,
      'archived', archived_at IS NOT NULL)
    FROM plans ORDER BY id;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE plans DROP COLUMN metadata, DROP COLUMN features;
    UPDATE outbox SET payload = payload - 'features' WHERE type LIKE 'plan.%';
  `);
}
