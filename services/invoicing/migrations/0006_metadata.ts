import type { Knex } from "knex";

/** The team's own facts about a subscription, which its invoices get at their issue. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE billables
      ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object');
    ALTER TABLE invoices
      ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE invoices DROP COLUMN metadata;
    ALTER TABLE billables DROP COLUMN metadata;
    UPDATE outbox SET payload = payload - 'metadata' WHERE type LIKE 'invoice.%';
  `);
}
