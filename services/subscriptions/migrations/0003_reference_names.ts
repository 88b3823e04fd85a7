import type { Knex } from "knex";

/** Events name a plan `plan`, not `plan_id`. */
export async function up(knex: Knex): Promise<void> {
  await rename(knex, "plan_id", "plan");
}

export async function down(knex: Knex): Promise<void> {
  await rename(knex, "plan", "plan_id");
}

async function rename(knex: Knex, from: string, to: string): Promise<void> {
  await knex.raw(
    `UPDATE outbox SET payload = payload - :from || jsonb_build_object(:to::text, payload -> :from)
     WHERE type LIKE 'subscription.%' AND payload -> :from IS NOT NULL`,
    { from, to },
  );
}
