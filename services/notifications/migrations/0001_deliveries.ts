import type { Knex } from "knex";

/**
 * contacts: the customers' addresses, copied from identity's events.
 *
 * deliveries: mails, sent or to be sent; one row for each invoice, kind and day. A mail about an account has
 * no invoice; there is one for each user, kind and day. `payload` holds the facts for the text.
 * `next_attempt_at` (wall clock) is also the lease of the process that is sending the mail. The message id
 * comes from the row's id, so a mail that is sent twice has the same one.
 *
 * reminder_runs: requests to queue the reminders of a day. `run_id` is the billing run that staff started,
 * null for the timetable's; `planned_after` is the last invoice that was planned, `postponed_at` when it last
 * had to wait for another service.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE contacts (
      user_id uuid PRIMARY KEY,
      username text NOT NULL,
      email text NOT NULL,
      is_active boolean NOT NULL
    );
    CREATE TABLE deliveries (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      kind text NOT NULL
        CHECK (kind IN (
          'invoice_issued', 'receipt', 'reminder_due_soon', 'reminder_due_today', 'reminder_overdue',
          'email_used_again'
        )),
      invoice_id uuid CHECK ((invoice_id IS NULL) = (kind = 'email_used_again')),
      user_id uuid NOT NULL,
      day date NOT NULL,
      status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'cancelled')),
      attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      message_id text NOT NULL GENERATED ALWAYS AS ('<' || id || '@billing>') STORED,
      payload jsonb NOT NULL,
      error text,
      sent_at timestamptz,
      UNIQUE (invoice_id, kind, day),
      CHECK ((status = 'sent') = (sent_at IS NOT NULL))
    );
    CREATE UNIQUE INDEX deliveries_about_account ON deliveries (user_id, kind, day) WHERE invoice_id IS NULL;
    CREATE INDEX deliveries_queued ON deliveries (next_attempt_at, id) WHERE status = 'queued';
    CREATE TABLE reminder_runs (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      as_of date NOT NULL,
      run_id uuid UNIQUE,
      status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed')),
      planned_after uuid,
      reminded integer NOT NULL DEFAULT 0,
      queued_at timestamptz NOT NULL DEFAULT now(),
      postponed_at timestamptz,
      error text,
      CHECK ((status = 'failed') = (error IS NOT NULL))
    );
    CREATE INDEX reminder_runs_queued ON reminder_runs (id) WHERE status = 'queued';
    INSERT INTO locks (name) VALUES ('reminders');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    "DROP TABLE contacts, deliveries, reminder_runs; DELETE FROM locks WHERE name = 'reminders'",
  );
}
