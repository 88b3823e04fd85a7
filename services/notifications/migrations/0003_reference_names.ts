import type { Knex } from "knex";

const NAMES = [
  ["plan_id", "plan"],
  ["subscription_id", "subscription"],
] as const;

/** Events of invoicing name other objects `plan` and `subscription`, not `plan_id` and `subscription_id`. */
export async function up(knex: Knex): Promise<void> {
  for (const [from, to] of NAMES) await rename(knex, from, to);
}

export async function down(knex: Knex): Promise<void> {
  for (const [to, from] of NAMES) await rename(knex, from, to);
}

async function rename(knex: Knex, from: string, to: string): Promise<void> {
  await knex.raw(
    `UPDATE dead_letters SET payload = payload - :from || jsonb_build_object(:to::text, payload -> :from)
     WHERE type LIKE 'invoice.%' AND payload -> :from IS NOT NULL`,
    { from, to },
  );
}
