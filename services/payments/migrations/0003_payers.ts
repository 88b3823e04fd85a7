import type { Knex } from "knex";

const OBJECTS = ["{data,object}", "{data,object,latest_charge}", "{data,object,payment_method}"];
const FIELDS = [
  "billing_details",
  "receipt_email",
  "shipping",
  "customer_details",
  "customer_email",
  "customer_name",
];

/** Webhooks are no longer stored with who has paid. */
export async function up(knex: Knex): Promise<void> {
  for (const object of OBJECTS)
    await knex.raw(
      `UPDATE stripe_events
       SET payload = jsonb_set(payload, :object::text[], (payload #> :object::text[]) - :fields::text[])
       WHERE jsonb_typeof(payload #> :object::text[]) = 'object'`,
      { object, fields: FIELDS },
    );
}

/** What is gone does not come back. */
export async function down(): Promise<void> {}
