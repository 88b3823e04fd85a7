import type { Knex } from "knex";

/**
 * Copies of what other services own: plans and prices of the catalog, and what billing needs to know of
 * subscriptions.
 *
 * `billables.step` is the length of a period; `anchor` is the first day of period 0.
 *
 * `plan_prices.from_day` is the first day on which the price is in force when the day starts, and
 * `billables.subscribed_on` the day of `subscribed_at`, both in the billing zone. Node.js computes them:
 * Postgres may have another table of time zones, and takes the later of two midnights for the start of a day.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE plans (
      id uuid PRIMARY KEY,
      name text NOT NULL
    );
    CREATE TABLE plan_prices (
      plan_id uuid NOT NULL,
      effective_from timestamptz NOT NULL,
      amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
      currency char(3) NOT NULL,
      from_day date NOT NULL,
      PRIMARY KEY (plan_id, effective_from)
    );
    CREATE TABLE billables (
      subscription_id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      plan_id uuid NOT NULL,
      subscribed_at timestamptz NOT NULL,
      subscribed_on date NOT NULL,
      anchor date NOT NULL,
      step interval NOT NULL CHECK (step > interval '0'),
      end_date date,
      next_index integer NOT NULL DEFAULT 0,
      next_start date,
      bill_at_once_on date,
      parked_error text,
      parked_at timestamptz,
      CHECK ((parked_error IS NULL) = (parked_at IS NULL))
    );
    CREATE INDEX billables_due ON billables (next_start, subscription_id)
      WHERE parked_error IS NULL AND next_start IS NOT NULL;
    CREATE INDEX billables_new ON billables (subscription_id) WHERE bill_at_once_on IS NOT NULL;
    CREATE INDEX billables_parked ON billables (next_start) WHERE parked_error IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE billables, plan_prices, plans");
}
