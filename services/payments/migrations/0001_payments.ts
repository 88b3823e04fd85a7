import type { Knex } from "knex";

/**
 * payments: one row for each attempt to pay an invoice, with at most one intent at Stripe. The index
 * payments_one_per_invoice prevents paying an invoice twice: an invoice has at most one payment that is open
 * or succeeded.
 *
 * refunds: as Stripe reports them.
 *
 * unbooked_payments: intents of ours that have succeeded at Stripe, and that no payment here can stand for.
 *
 * stripe_listing: one row. `system_id` marks our intents at Stripe. All intents that were created before
 * `listed_until` have been compared with the payments; books that are restored from a backup bring their own
 * time with them, so that everything since then is compared again.
 *
 * stripe_events: every webhook by its id, stored before it is processed. The index stripe_events_of_intent
 * finds the webhooks about an intent: its own, and those of charges, refunds and disputes that name it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE payments (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      invoice_id uuid NOT NULL,
      attempt integer NOT NULL CHECK (attempt >= 1),
      stripe_payment_intent_id text UNIQUE,
      livemode boolean NOT NULL,
      amount_minor bigint NOT NULL CHECK (amount_minor > 0),
      currency char(3) NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
      status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'succeeded', 'failed', 'cancelled')),
      stripe_status text,
      last_error_code text,
      last_error_message text,
      last_error_ref text,
      refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor),
      refunds_version integer NOT NULL DEFAULT 0,
      disputed_at timestamptz,
      settled_at timestamptz,
      checks integer NOT NULL DEFAULT 0,
      next_check_at timestamptz NOT NULL DEFAULT now() + interval '1 minute',
      created_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (invoice_id, attempt),
      CHECK ((status = 'succeeded') = (settled_at IS NOT NULL)),
      CHECK (status <> 'succeeded' OR stripe_payment_intent_id IS NOT NULL),
      CHECK (status = 'succeeded' OR (refunded_minor = 0 AND disputed_at IS NULL))
    );
    COMMENT ON COLUMN payments.settled_at IS 'business time';
    COMMENT ON COLUMN payments.disputed_at IS 'business time';
    COMMENT ON COLUMN payments.last_error_ref IS
      'which failure it was: the charge or the payment method that failed';
    COMMENT ON COLUMN payments.refunds_version IS 'counts writes of refunded_minor, for compare-and-set';
    CREATE UNIQUE INDEX payments_one_per_invoice ON payments (invoice_id)
      WHERE status IN ('open', 'succeeded');
    CREATE INDEX payments_to_check ON payments (next_check_at) WHERE status = 'open';

    CREATE TABLE refunds (
      id text PRIMARY KEY,
      payment_id uuid NOT NULL REFERENCES payments (id),
      amount_minor bigint NOT NULL CHECK (amount_minor > 0),
      currency char(3) NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
      status text NOT NULL,
      reason text,
      failure_reason text,
      created_at timestamptz NOT NULL,
      next_check_at timestamptz NOT NULL DEFAULT now() + interval '1 hour'
    );
    COMMENT ON COLUMN refunds.id IS 'Stripe''s';
    CREATE INDEX refunds_payment ON refunds (payment_id);
    CREATE INDEX refunds_pending ON refunds (next_check_at) WHERE status IN ('pending', 'requires_action');

    CREATE TABLE unbooked_payments (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      stripe_payment_intent_id text NOT NULL UNIQUE,
      invoice_id uuid,
      stripe_amount bigint NOT NULL CHECK (stripe_amount >= 0),
      currency text NOT NULL,
      livemode boolean NOT NULL,
      reason text NOT NULL,
      found_at timestamptz NOT NULL DEFAULT now(),
      resolution text CHECK (resolution IN ('accept', 'refund')),
      resolved_at timestamptz,
      CHECK ((resolution IS NULL) = (resolved_at IS NULL))
    );
    COMMENT ON COLUMN unbooked_payments.stripe_amount IS 'what was received, in Stripe''s units';
    CREATE INDEX unbooked_payments_unresolved ON unbooked_payments (id) WHERE resolved_at IS NULL;

    CREATE TABLE stripe_listing (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      system_id uuid NOT NULL DEFAULT gen_random_uuid(),
      listed_until timestamptz NOT NULL DEFAULT now()
    );
    INSERT INTO stripe_listing DEFAULT VALUES;

    CREATE TABLE stripe_events (
      id text PRIMARY KEY,
      type text NOT NULL,
      payload jsonb NOT NULL,
      received_at timestamptz NOT NULL DEFAULT now(),
      processed_at timestamptz,
      outcome text,
      error text,
      attempts integer NOT NULL DEFAULT 0,
      next_try_at timestamptz NOT NULL DEFAULT now() + interval '1 minute'
    );
    COMMENT ON COLUMN stripe_events.payload IS 'without client secrets';
    CREATE INDEX stripe_events_to_process ON stripe_events (next_try_at) WHERE processed_at IS NULL;
    CREATE INDEX stripe_events_by_age ON stripe_events (received_at);
    CREATE INDEX stripe_events_of_intent ON stripe_events (
      coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}')
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE stripe_events, stripe_listing, unbooked_payments, refunds, payments");
}
