import type { Knex } from "knex";

/** erased_at: when what names a customer, or a user, was erased (wall clock). The row stays for its id. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE customers ADD COLUMN erased_at timestamptz;
    ALTER TABLE users ADD COLUMN erased_at timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE customers DROP COLUMN erased_at;
    ALTER TABLE users DROP COLUMN erased_at;
    DELETE FROM outbox WHERE type = 'customer.erased';
  `);
}
