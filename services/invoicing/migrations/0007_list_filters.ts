import type { Knex } from "knex";

/** For lists by issue date and by metadata. They cost billing little: most invoices have no metadata. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX invoices_issued ON invoices USING brin (issue_date);
    CREATE INDEX invoices_metadata ON invoices USING gin (metadata jsonb_path_ops) WHERE metadata <> '{}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX invoices_issued, invoices_metadata");
}
