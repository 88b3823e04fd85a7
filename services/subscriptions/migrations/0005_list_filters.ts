import type { Knex } from "knex";

/** For lists by plan and by metadata. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX subscriptions_of_plan ON subscriptions (plan_id, id DESC);
    CREATE INDEX subscriptions_metadata ON subscriptions USING gin (metadata jsonb_path_ops)
      WHERE metadata <> '{}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX subscriptions_of_plan, subscriptions_metadata");
}
