import type { Knex } from "knex";

/**
 * Mails about invoices go to customers. `customers` is a copy of identity's; `contacts` stays the copy of
 * users, for mails about accounts. Until identity's events have told of the customers, those that exist are
 * the users of the same ids.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE customers (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      email text,
      is_open boolean NOT NULL
    );
    INSERT INTO customers (id, name, email, is_open) SELECT user_id, username, email, is_active FROM contacts;

    ALTER TABLE deliveries ADD COLUMN customer_id uuid, ALTER COLUMN user_id DROP NOT NULL;
    UPDATE deliveries SET customer_id = user_id, user_id = NULL WHERE invoice_id IS NOT NULL;
    ALTER TABLE deliveries ADD CONSTRAINT to_a_customer_or_a_user
      CHECK ((customer_id IS NULL) <> (user_id IS NULL));

    UPDATE dead_letters
    SET payload = payload - 'user_id' || jsonb_build_object('customer', payload -> 'user_id')
    WHERE type LIKE 'invoice.%' AND payload -> 'user_id' IS NOT NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE deliveries DROP CONSTRAINT to_a_customer_or_a_user;
    UPDATE deliveries SET user_id = customer_id WHERE user_id IS NULL;
    ALTER TABLE deliveries DROP COLUMN customer_id, ALTER COLUMN user_id SET NOT NULL;
    DROP TABLE customers;

    UPDATE dead_letters
    SET payload = payload - 'customer' || jsonb_build_object('user_id', payload -> 'customer')
    WHERE type LIKE 'invoice.%' AND payload -> 'customer' IS NOT NULL;
  `);
}
