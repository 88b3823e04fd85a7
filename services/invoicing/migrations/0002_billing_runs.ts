import type { Knex } from "knex";

/**
 * The runs that issue invoices, mark them overdue or ask for reminders.
 *
 * `max_total` limits what a run may issue, in minor units by currency ({"usd": 100000}). `issued_minor` is
 * what a limited run has issued so far, in the same form.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE billing_runs (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      kind text NOT NULL CHECK (kind IN ('generate_invoices', 'mark_overdue', 'send_reminders')),
      as_of date NOT NULL,
      status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
      counts jsonb NOT NULL DEFAULT '{}',
      max_count integer CHECK (max_count >= 0),
      max_total jsonb CHECK (jsonb_typeof(max_total) = 'object'),
      issued_minor jsonb NOT NULL DEFAULT '{}',
      error text,
      event_id uuid UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      started_at timestamptz,
      heartbeat_at timestamptz,
      finished_at timestamptz,
      CONSTRAINT only_invoices_are_limited
        CHECK (kind = 'generate_invoices' OR (max_count IS NULL AND max_total IS NULL))
    );
    CREATE INDEX billing_runs_open ON billing_runs (id) WHERE status IN ('queued', 'running');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE billing_runs");
}
