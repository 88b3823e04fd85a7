import type { Knex } from "knex";

/** For lists of customers by metadata. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX customers_metadata ON customers USING gin (metadata jsonb_path_ops) WHERE metadata <> '{}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX customers_metadata");
}
