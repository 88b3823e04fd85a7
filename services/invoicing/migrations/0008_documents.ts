import type { Knex } from "knex";

/**
 * An invoice becomes one row: its lines are a jsonb array on it, as they were issued. What may change later
 * (status, what was credited and paid) has columns of its own, and a trigger refuses to change the rest.
 *
 * `subtotal_minor` is the sum of the lines, `amount_minor` the total. Tax of inclusive prices lies within it.
 *
 * Each period of a subscription is billed once, and `period_follows` derives its days from the subscription's
 * anchor and step. Periods of one anchor and step never overlap. So a billable that was not moved on, has a
 * wrong index or comes from a backup is not billed into days that are billed already. Time for each invoice,
 * 1 being the exclusion constraint that was here before:
 * - this one 0.60, and 0.55 without any guard
 * - tried: also unique by (subscription, period_start) 0.60; each period naming the one before it by a
 *   foreign key 0.71
 *
 * Ids are made in the order of time, which writes the primary key in one direction. 62 bits are random.
 *
 * `invoice.issued` is stored without its payload: the feed reads that from the invoice, which never changes.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE customers ADD COLUMN bill_to jsonb;
    UPDATE customers SET bill_to =
      jsonb_build_object('name', name, 'email', email, 'address', address, 'vat_id', vat_id);
    ALTER TABLE customers
      ALTER COLUMN bill_to SET NOT NULL, ADD CHECK (jsonb_typeof(bill_to) = 'object'),
      DROP COLUMN name, DROP COLUMN email, DROP COLUMN address, DROP COLUMN vat_id;

    ALTER TABLE invoices
      ALTER COLUMN id SET DEFAULT uuidv7(),
      ADD COLUMN anchor date,
      ADD COLUMN step interval,
      ADD COLUMN lines jsonb NOT NULL DEFAULT '[]',
      ADD COLUMN subtotal_minor bigint NOT NULL DEFAULT 0,
      ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
      ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0 CHECK (tax_minor >= 0),
      ADD COLUMN tax_inclusive boolean NOT NULL DEFAULT false,
      ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0 CHECK (credited_minor >= 0),
      ADD COLUMN balance_applied_minor bigint NOT NULL DEFAULT 0 CHECK (balance_applied_minor >= 0),
      ADD COLUMN paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor >= 0);
    UPDATE invoices SET
      (anchor, step) = (
        SELECT anchor, step FROM billables WHERE billables.subscription_id = invoices.subscription_id),
      subtotal_minor = amount_minor,
      paid_minor = CASE WHEN status = 'paid' THEN amount_minor ELSE 0 END,
      lines = (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
          'item', 'base', 'description', ${WITHOUT_DAYS}, 'quantity', quantity,
          'unit_amount_minor', unit_amount_minor, 'amount_minor', line.amount_minor,
          'price_from', price_effective_from) ORDER BY position), '[]')
        FROM invoice_lines AS line WHERE invoice_id = invoices.id);
    ALTER TABLE invoices
      ALTER COLUMN lines DROP DEFAULT, ADD CHECK (jsonb_typeof(lines) = 'array'),
      ALTER COLUMN subtotal_minor DROP DEFAULT,
      DROP COLUMN price_effective_from,
      DROP CONSTRAINT one_invoice_per_period,
      DROP CONSTRAINT periods_do_not_overlap,
      ADD CONSTRAINT one_invoice_per_period UNIQUE (subscription_id, period_index),
      ADD CONSTRAINT period_follows CHECK (
        period_start = (anchor + period_index * step)::date
        AND period_end = (anchor + (period_index + 1) * step)::date),
      ADD CONSTRAINT amounts_add_up CHECK (amount_minor =
        subtotal_minor - discount_minor + CASE WHEN tax_inclusive THEN 0 ELSE tax_minor END),
      ADD COLUMN due_minor bigint GENERATED ALWAYS AS (
        amount_minor - credited_minor - balance_applied_minor - paid_minor) VIRTUAL,
      ADD CONSTRAINT paid_when_nothing_is_due CHECK (
        (status = 'paid') = (amount_minor = credited_minor + balance_applied_minor + paid_minor)),
      ADD CONSTRAINT not_more_than_due CHECK (
        amount_minor >= credited_minor + balance_applied_minor + paid_minor);
    DROP TABLE invoice_lines;

    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'an issued invoice never changes' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER documents_never_change
      BEFORE UPDATE OF ${DOCUMENT.join(", ")} ON invoices
      FOR EACH ROW WHEN ((${DOCUMENT.map((column) => `old.${column}`).join(", ")})
        IS DISTINCT FROM (${DOCUMENT.map((column) => `new.${column}`).join(", ")}))
      EXECUTE FUNCTION refuse_change();

    ALTER TABLE outbox ALTER COLUMN payload DROP NOT NULL,
      ADD CONSTRAINT payload_or_invoice CHECK (payload IS NOT NULL OR type = 'invoice.issued');
  `);
}

/** What an issued invoice says. Metadata and the customer's email address are erased on demand. */
const DOCUMENT = [
  "id",
  "sequence",
  "subscription_id",
  "customer_id",
  "plan_id",
  "period_index",
  "period_start",
  "period_end",
  "lines",
  "subtotal_minor",
  "discount_minor",
  "tax_minor",
  "tax_inclusive",
  "amount_minor",
  "currency",
  "issue_date",
  "due_date",
];

const DAY = "to_char(%, 'FMDD FMMonth YYYY')";
const day = (date: string): string => DAY.replace("%", date);
/** The days of the period were the end of a line's description. */
const DAYS = `', ' || ${day("period_start")} || ' to ' || ${day("period_end - 1")}`;
const WITHOUT_DAYS = `CASE WHEN right(description, length(${DAYS})) = ${DAYS}
  THEN left(description, -length(${DAYS})) ELSE description END`;

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    UPDATE outbox SET payload = jsonb_build_object(
        'id', invoices.id, 'number', number, 'subscription', subscription_id, 'customer', customer_id,
        'plan', plan_id, 'period_start', period_start, 'period_end', period_end,
        'amount_minor', amount_minor, 'currency', currency, 'issue_date', issue_date, 'due_date', due_date,
        'status', CASE WHEN amount_minor = 0 THEN 'paid' ELSE 'pending' END, 'metadata', metadata)
      FROM invoices WHERE payload IS NULL AND subject_id = invoices.id::text;
    ALTER TABLE outbox DROP CONSTRAINT payload_or_invoice, ALTER COLUMN payload SET NOT NULL;

    DROP TRIGGER documents_never_change ON invoices;
    DROP FUNCTION refuse_change;
    CREATE TABLE invoice_lines (
      invoice_id uuid NOT NULL REFERENCES invoices,
      position integer NOT NULL,
      description text NOT NULL,
      quantity integer NOT NULL CHECK (quantity > 0),
      unit_amount_minor bigint NOT NULL CHECK (unit_amount_minor >= 0),
      amount_minor bigint NOT NULL CHECK (amount_minor = unit_amount_minor * quantity),
      PRIMARY KEY (invoice_id, position)
    );
    INSERT INTO invoice_lines
      SELECT invoices.id, position, (line ->> 'description') || ${DAYS}, (line ->> 'quantity')::integer,
             (line ->> 'unit_amount_minor')::bigint, (line ->> 'amount_minor')::bigint
      FROM invoices, jsonb_array_elements(lines) WITH ORDINALITY AS each(line, position);

    ALTER TABLE invoices ADD COLUMN price_effective_from timestamptz;
    UPDATE invoices SET price_effective_from =
      coalesce((lines -> 0 ->> 'price_from')::timestamptz, period_start::timestamptz);
    ALTER TABLE invoices
      ALTER COLUMN id SET DEFAULT gen_random_uuid(),
      ALTER COLUMN price_effective_from SET NOT NULL,
      DROP CONSTRAINT one_invoice_per_period, DROP CONSTRAINT period_follows, DROP COLUMN due_minor,
      DROP CONSTRAINT amounts_add_up, DROP CONSTRAINT paid_when_nothing_is_due,
      DROP CONSTRAINT not_more_than_due, DROP COLUMN anchor, DROP COLUMN step, DROP COLUMN lines,
      DROP COLUMN subtotal_minor, DROP COLUMN discount_minor, DROP COLUMN tax_minor,
      DROP COLUMN tax_inclusive, DROP COLUMN credited_minor, DROP COLUMN balance_applied_minor,
      DROP COLUMN paid_minor,
      ADD CONSTRAINT one_invoice_per_period UNIQUE (subscription_id, period_start),
      ADD CONSTRAINT periods_do_not_overlap EXCLUDE USING gist (
        subscription_id WITH =, daterange(period_start, period_end) WITH &&
      );

    ALTER TABLE customers ADD COLUMN name text, ADD COLUMN email text, ADD COLUMN address jsonb,
      ADD COLUMN vat_id text;
    UPDATE customers SET name = bill_to ->> 'name', email = bill_to ->> 'email',
      address = nullif(bill_to -> 'address', 'null'), vat_id = bill_to ->> 'vat_id';
    ALTER TABLE customers ALTER COLUMN name SET NOT NULL, DROP COLUMN bill_to;
  `);
}
