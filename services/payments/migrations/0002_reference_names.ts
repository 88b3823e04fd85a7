import type { Knex } from "knex";

/** Events name an invoice `invoice`, not `invoice_id`. */
export async function up(knex: Knex): Promise<void> {
  await rename(knex, "invoice_id", "invoice");
}

export async function down(knex: Knex): Promise<void> {
  await rename(knex, "invoice", "invoice_id");
}

async function rename(knex: Knex, from: string, to: string): Promise<void> {
  await knex.raw(
    `UPDATE outbox SET payload = payload - :from || jsonb_build_object(:to::text, payload -> :from)
     WHERE type LIKE 'payment.%' AND payload -> :from IS NOT NULL`,
    { from, to },
  );
}
