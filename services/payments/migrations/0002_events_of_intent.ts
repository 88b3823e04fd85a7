import type { Knex } from "knex";

/**
 * Finds the webhooks about an intent: those of the intent itself, and those of charges, refunds and disputes
 * that name it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX stripe_events_of_intent ON stripe_events (
      coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}')
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX stripe_events_of_intent");
}
