import type { Knex } from "knex";

/**
 * What a run may issue at most: a number of invoices, and an amount of each currency in minor units ({"usd":
 * 100000}), any other currency being worth nothing then. `issued_minor` is what a limited run has issued, in
 * the same form.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE billing_runs
      ADD COLUMN max_count integer CHECK (max_count >= 0),
      ADD COLUMN max_total jsonb CHECK (jsonb_typeof(max_total) = 'object'),
      ADD COLUMN issued_minor jsonb NOT NULL DEFAULT '{}',
      ADD CONSTRAINT only_invoices_are_limited
        CHECK (kind = 'generate_invoices' OR (max_count IS NULL AND max_total IS NULL))
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE billing_runs
      DROP CONSTRAINT only_invoices_are_limited, DROP COLUMN max_count, DROP COLUMN max_total, DROP COLUMN issued_minor
  `);
}
