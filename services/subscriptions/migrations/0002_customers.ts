import type { Knex } from "knex";

/**
 * Subscriptions belong to customers. `customers` becomes a copy of identity's customers: `user_id` is the
 * user who signed up as the customer. The users that exist are customers of the same id (see identity's
 * migration 0004_customers), so what is stored, and events that are on their way, keep their ids.
 *
 * `product` is copied from the plan.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE customers RENAME COLUMN user_id TO id;
    ALTER TABLE customers ADD COLUMN user_id uuid;
    UPDATE customers SET user_id = id;

    ALTER TABLE subscriptions RENAME COLUMN user_id TO customer_id;
    ALTER TABLE subscriptions ADD COLUMN product text NOT NULL DEFAULT 'default';
    ALTER TABLE subscriptions ALTER COLUMN product DROP DEFAULT;
    ALTER INDEX subscriptions_of_user RENAME TO subscriptions_of_customer;
    DROP INDEX one_active_subscription;
    CREATE UNIQUE INDEX one_active_subscription ON subscriptions (customer_id, product)
      WHERE status = 'active';

    UPDATE outbox SET payload = payload - 'user_id' || jsonb_build_object('customer', payload -> 'user_id')
    WHERE type LIKE 'subscription.%' AND payload -> 'user_id' IS NOT NULL;
    UPDATE outbox SET payload = payload || '{"product": "default"}'
    WHERE type = 'subscription.created' AND payload -> 'product' IS NULL;
    DELETE FROM dead_letters WHERE type LIKE 'user.%';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP INDEX one_active_subscription;
    ALTER INDEX subscriptions_of_customer RENAME TO subscriptions_of_user;
    ALTER TABLE subscriptions DROP COLUMN product;
    ALTER TABLE subscriptions RENAME COLUMN customer_id TO user_id;
    CREATE UNIQUE INDEX one_active_subscription ON subscriptions (user_id) WHERE status = 'active';
    ALTER TABLE customers DROP COLUMN user_id;
    ALTER TABLE customers RENAME COLUMN id TO user_id;

    UPDATE outbox
    SET payload = payload - 'customer' - 'product' || jsonb_build_object('user_id', payload -> 'customer')
    WHERE type LIKE 'subscription.%' AND payload -> 'customer' IS NOT NULL;
  `);
}
