import type { Knex } from "knex";

/**
 * Plans and the history of their prices. The name is unique among plans on offer only: the name of an
 * archived plan can be used again. `effective_from` and `archived_at` are business time, `created_at` is
 * wall-clock time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE plans (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 100),
      currency char(3) NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
      interval text NOT NULL CHECK (interval IN ('day', 'week', 'month', 'year')),
      interval_count integer NOT NULL CHECK (interval_count BETWEEN 1 AND 365),
      trial_days integer NOT NULL CHECK (trial_days BETWEEN 0 AND 730),
      description text NOT NULL CHECK (length(description) <= 2000),
      archived_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX plans_name_on_offer ON plans (lower(name)) WHERE archived_at IS NULL;
    CREATE TABLE plan_prices (
      plan_id uuid NOT NULL REFERENCES plans,
      effective_from timestamptz NOT NULL,
      amount_minor bigint NOT NULL CHECK (amount_minor BETWEEN 0 AND 99999999),
      PRIMARY KEY (plan_id, effective_from)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE plan_prices, plans");
}
