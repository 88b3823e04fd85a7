import type { Knex } from "knex";

/**
 * What a customer owes besides the periods, once each. A charge waits until the customer's next invoice in
 * its currency has a line for it; `invoice_id` then says which. `created_at` is business time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE charges (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      customer_id uuid NOT NULL,
      description text NOT NULL CHECK (length(description) <= 200),
      quantity integer NOT NULL CHECK (quantity > 0),
      unit_amount_minor bigint NOT NULL CHECK (unit_amount_minor > 0),
      amount_minor bigint NOT NULL CHECK (amount_minor = unit_amount_minor * quantity),
      currency char(3) NOT NULL,
      created_at timestamptz NOT NULL,
      invoice_id uuid REFERENCES invoices
    );
    CREATE INDEX charges_of_customer ON charges (customer_id, id);
    CREATE INDEX charges_waiting ON charges (customer_id) WHERE invoice_id IS NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE charges");
}
