import type { Knex } from "knex";

/**
 * Invoices belong to customers. `customers` is a copy of identity's; `user_id` is the user who signed up as
 * the customer. The users that exist are customers of the same id (see identity's migration 0004_customers),
 * so what is stored, and events that are on their way, keep their ids.
 *
 * `bill_to` is the customer's name and address at the issue; older invoices have none.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE customers (
      id uuid PRIMARY KEY,
      user_id uuid,
      name text NOT NULL,
      email text,
      address jsonb,
      vat_id text
    );
    ALTER TABLE billables RENAME COLUMN user_id TO customer_id;
    ALTER TABLE invoices RENAME COLUMN user_id TO customer_id;
    ALTER TABLE invoices ADD COLUMN bill_to jsonb CHECK (jsonb_typeof(bill_to) = 'object');
    ALTER INDEX invoices_of_user RENAME TO invoices_of_customer;

    UPDATE outbox SET payload = payload - 'user_id' || jsonb_build_object('customer', payload -> 'user_id')
    WHERE type LIKE 'invoice.%' AND payload -> 'user_id' IS NOT NULL;
    UPDATE dead_letters
    SET payload = payload - 'user_id'
      || jsonb_build_object('customer', payload -> 'user_id', 'product', 'default')
    WHERE type LIKE 'subscription.%' AND payload -> 'user_id' IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER INDEX invoices_of_customer RENAME TO invoices_of_user;
    ALTER TABLE invoices DROP COLUMN bill_to;
    ALTER TABLE invoices RENAME COLUMN customer_id TO user_id;
    ALTER TABLE billables RENAME COLUMN customer_id TO user_id;
    DROP TABLE customers;

    UPDATE outbox SET payload = payload - 'customer' || jsonb_build_object('user_id', payload -> 'customer')
    WHERE type LIKE 'invoice.%' AND payload -> 'customer' IS NOT NULL;
    UPDATE dead_letters
    SET payload = payload - 'customer' - 'product' || jsonb_build_object('user_id', payload -> 'customer')
    WHERE type LIKE 'subscription.%' AND payload -> 'customer' IS NOT NULL;
  `);
}
