import type { Knex } from "knex";

/**
 * Projections of what others own (plans, plan_prices, billables), and what invoicing owns: invoices and the
 * runs that issue them.
 *
 * billables.step is the length of a period; period n starts at anchor + n * step, which Postgres clamps to
 * the month's end. The order of invoices_of_user and of the API's lists is that of the numbers, newest first.
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
      PRIMARY KEY (plan_id, effective_from)
    );
    CREATE TABLE billables (
      subscription_id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      plan_id uuid NOT NULL,
      subscribed_at timestamptz NOT NULL,
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
    CREATE INDEX billables_due ON billables (next_start, subscription_id) WHERE parked_error IS NULL AND next_start IS NOT NULL;
    CREATE INDEX billables_new ON billables (subscription_id) WHERE bill_at_once_on IS NOT NULL;
    CREATE INDEX billables_parked ON billables (next_start) WHERE parked_error IS NOT NULL;

    CREATE TABLE billing_runs (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      kind text NOT NULL CHECK (kind IN ('generate_invoices', 'mark_overdue', 'send_reminders')),
      as_of date NOT NULL,
      status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
      counts jsonb NOT NULL DEFAULT '{}',
      error text,
      event_id uuid UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz,
      heartbeat_at timestamptz,
      finished_at timestamptz
    );
    CREATE INDEX billing_runs_open ON billing_runs (id) WHERE status IN ('queued', 'running');

    CREATE TABLE invoice_counter (
      only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
      last_sequence bigint NOT NULL DEFAULT 0
    );
    INSERT INTO invoice_counter DEFAULT VALUES;

    CREATE TABLE invoices (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      sequence bigint NOT NULL UNIQUE CHECK (sequence > 0),
      number text GENERATED ALWAYS AS ('INV-' || lpad(sequence::text, greatest(8, length(sequence::text)), '0')) VIRTUAL,
      subscription_id uuid NOT NULL,
      user_id uuid NOT NULL,
      plan_id uuid NOT NULL,
      period_index integer NOT NULL CHECK (period_index >= 0),
      period_start date NOT NULL,
      period_end date NOT NULL CHECK (period_end > period_start),
      amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
      currency char(3) NOT NULL,
      price_effective_from timestamptz NOT NULL,
      issue_date date NOT NULL,
      due_date date NOT NULL CHECK (due_date >= issue_date),
      status text NOT NULL CHECK (status IN ('pending', 'paid', 'overdue')),
      paid_at timestamptz CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
      payment_id uuid,
      refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
      disputed_at timestamptz,
      run_id uuid REFERENCES billing_runs,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT one_invoice_per_period UNIQUE (subscription_id, period_start),
      CONSTRAINT periods_do_not_overlap EXCLUDE USING gist (
        subscription_id WITH =, daterange(period_start, period_end) WITH &&
      )
    );
    CREATE INDEX invoices_of_user ON invoices (user_id, sequence DESC);
    CREATE INDEX invoices_unpaid ON invoices (due_date, id) WHERE status IN ('pending', 'overdue');

    CREATE TABLE invoice_lines (
      invoice_id uuid NOT NULL REFERENCES invoices,
      position integer NOT NULL,
      description text NOT NULL,
      quantity integer NOT NULL CHECK (quantity > 0),
      unit_amount_minor bigint NOT NULL CHECK (unit_amount_minor >= 0),
      amount_minor bigint NOT NULL CHECK (amount_minor = unit_amount_minor * quantity),
      PRIMARY KEY (invoice_id, position)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    "DROP TABLE invoice_lines, invoices, invoice_counter, billing_runs, billables, plan_prices, plans",
  );
}
