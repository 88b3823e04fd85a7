import type { Knex } from "knex";

/**
 * Who is subscribed to what. All days and instants are business time. `end_date` equals `start_date` only
 * where a subscription was cancelled before its second day.
 *
 * customers: a copy of identity's users. `closed_at` is wall-clock time.
 *
 * The terms (currency to trial_days) are copied from the plan when the customer subscribes, and stay.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE subscriptions (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      user_id uuid NOT NULL,
      plan_id uuid NOT NULL,
      status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'cancelled', 'expired')),
      start_date date NOT NULL,
      end_date date,
      cancelled_at timestamptz,
      currency char(3) NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
      interval text NOT NULL CHECK (interval IN ('day', 'week', 'month', 'year')),
      interval_count integer NOT NULL CHECK (interval_count >= 1),
      trial_days integer NOT NULL CHECK (trial_days >= 0),
      created_on date NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT ends_after_start
        CHECK (end_date > start_date OR (status = 'cancelled' AND end_date = start_date)),
      CONSTRAINT only_active_is_open CHECK (status = 'active' OR end_date IS NOT NULL),
      CONSTRAINT cancelled_at_some_time CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
    );
    CREATE TABLE customers (
      user_id uuid PRIMARY KEY,
      closed_at timestamptz
    );
    CREATE INDEX customers_closed ON customers (user_id) WHERE closed_at IS NOT NULL;
    CREATE UNIQUE INDEX one_active_subscription ON subscriptions (user_id) WHERE status = 'active';
    CREATE INDEX subscriptions_of_user ON subscriptions (user_id, id DESC);
    CREATE INDEX subscriptions_ending ON subscriptions (end_date)
      WHERE status = 'active' AND end_date IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE subscriptions, customers");
}
