import type { Knex } from "knex";

/**
 * Invoices, their lines and the counter of their numbers. The index invoices_of_user has the order of the
 * lists: by number, newest first.
 *
 * `run_id` has no foreign key. The statement that writes it belongs to the run, and runs are never deleted;
 * the key took 1 to 8 % of a page's time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE invoice_counter (
      only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
      last_sequence bigint NOT NULL DEFAULT 0
    );
    INSERT INTO invoice_counter DEFAULT VALUES;

    CREATE TABLE invoices (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      sequence bigint NOT NULL UNIQUE CHECK (sequence > 0),
      number text GENERATED ALWAYS AS (
        'INV-' || lpad(sequence::text, greatest(8, length(sequence::text)), '0')
      ) VIRTUAL,
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
      run_id uuid,
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
  await knex.raw("DROP TABLE invoice_lines, invoices, invoice_counter");
}
