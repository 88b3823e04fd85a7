import type { Knex } from "knex";

/**
 * An invoice's run is not looked up for each invoice any more: the statement that writes run_id is the run
 * itself, and runs are never deleted. The foreign key cost one to eight hundredths of a page's time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE invoices DROP CONSTRAINT invoices_run_id_fkey");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    "ALTER TABLE invoices ADD CONSTRAINT invoices_run_id_fkey FOREIGN KEY (run_id) REFERENCES billing_runs",
  );
}
