import type { Knex } from "knex";

const NAMES = [
  ["plan_id", "plan"],
  ["subscription_id", "subscription"],
  ["invoice_id", "invoice"],
] as const;

/** Events name other objects `plan`, `subscription` and `invoice`, not `plan_id` and so on. */
export async function up(knex: Knex): Promise<void> {
  for (const [from, to] of NAMES) await rename(knex, from, to);
}

export async function down(knex: Knex): Promise<void> {
  for (const [to, from] of NAMES) await rename(knex, from, to);
}

/** In our own events, and in those of others that could not be consumed. */
async function rename(knex: Knex, from: string, to: string): Promise<void> {
  for (const [table, types] of [
    ["outbox", ["invoice.%"]],
    ["dead_letters", ["plan.%", "subscription.%", "payment.%"]],
  ] as const) {
    await knex.raw(
      `UPDATE ${table} SET payload = payload - :from || jsonb_build_object(:to::text, payload -> :from)
       WHERE type LIKE ANY ((:types)::text[]) AND payload -> :from IS NOT NULL`,
      { from, to, types },
    );
  }
}
