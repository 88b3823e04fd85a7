import type { Knex } from "knex";

/**
 * customers: who is billed. `user_id` is the user who signed up as this customer. `closed_with_user` marks
 * those that were closed because no active user was left; they open again with one. `email` is compared
 * without case.
 *
 * customer_users: which users belong to which customers.
 *
 * A user that exists becomes a customer with the same id: the other services hold that id as the customer's
 * in what they have stored and in events on their way, and each migrates by itself, perhaps on another
 * server. Only those ids are the same; new customers have ids of their own.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE customers (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      external_id text UNIQUE
        CHECK (external_id <> '' AND length(external_id) <= 255 AND external_id IS NFC NORMALIZED),
      user_id uuid UNIQUE REFERENCES users,
      name text NOT NULL CHECK (name <> '' AND length(name) <= 200),
      email text CHECK (email <> '' AND length(email) <= 254),
      locale text NOT NULL CHECK (locale <> '' AND length(locale) <= 35),
      address jsonb CHECK (jsonb_typeof(address) = 'object'),
      vat_id text CHECK (vat_id <> '' AND length(vat_id) <= 30),
      tax_status text NOT NULL CHECK (tax_status IN ('standard', 'reverse_charge', 'exempt', 'export')),
      metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
      closed_at timestamptz,
      closed_with_user boolean NOT NULL DEFAULT false CHECK (NOT closed_with_user OR closed_at IS NOT NULL),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX customers_email ON customers (lower(email), id);
    CREATE TABLE customer_users (
      customer_id uuid NOT NULL REFERENCES customers,
      user_id uuid NOT NULL REFERENCES users,
      joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (customer_id, user_id)
    );
    CREATE INDEX customer_users_user ON customer_users (user_id, joined_at, customer_id);

    INSERT INTO customers
      (id, user_id, name, email, locale, tax_status, metadata, closed_at, closed_with_user, created_at)
    SELECT id, id, username, email, 'en', 'standard', '{}',
           CASE WHEN NOT is_active THEN now() END, NOT is_active, date_joined
    FROM users;
    INSERT INTO customer_users (customer_id, user_id, joined_at) SELECT id, id, date_joined FROM users;
    INSERT INTO outbox (type, subject_id, payload)
    SELECT 'customer.created', id, jsonb_build_object(
      'id', id, 'user', user_id, 'external_id', external_id, 'name', name, 'email', email, 'locale', locale,
      'address', address, 'vat_id', vat_id, 'tax_status', tax_status, 'closed_at', closed_at)
    FROM customers ORDER BY id;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE customer_users, customers; DELETE FROM outbox WHERE type LIKE 'customer.%'");
}
