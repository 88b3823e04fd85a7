import type { Knex } from "knex";

const KINDS = [
  "invoice_issued",
  "receipt",
  "reminder_due_soon",
  "reminder_due_today",
  "reminder_overdue",
  "email_used_again",
];
const NEW_KINDS = ["email_changed", "invitation", "password_reset", "email_confirmation", "email_change"];

const listed = (kinds: readonly string[]) => kinds.map((kind) => `'${kind}'`).join(", ");

/**
 * Mails with a link about an account have the id of identity's link, one for each. Its secret is not here:
 * identity makes it when the mail is sent.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE deliveries
      DROP CONSTRAINT deliveries_kind_check,
      DROP CONSTRAINT deliveries_check,
      ADD COLUMN link_id uuid UNIQUE,
      ADD CONSTRAINT deliveries_kind_check CHECK (kind IN (${listed([...KINDS, ...NEW_KINDS])})),
      ADD CONSTRAINT about_one_thing CHECK (
        CASE
          WHEN kind IN ('email_used_again', 'email_changed') THEN num_nonnulls(invoice_id, link_id) = 0
          WHEN kind IN ('invitation', 'password_reset', 'email_confirmation', 'email_change')
            THEN invoice_id IS NULL AND link_id IS NOT NULL
          ELSE invoice_id IS NOT NULL AND link_id IS NULL
        END);
    DROP INDEX deliveries_about_account;
    CREATE UNIQUE INDEX deliveries_about_account ON deliveries (user_id, kind, day)
      WHERE invoice_id IS NULL AND link_id IS NULL;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DELETE FROM deliveries WHERE kind IN (${listed(NEW_KINDS)});
    DROP INDEX deliveries_about_account;
    ALTER TABLE deliveries
      DROP CONSTRAINT about_one_thing,
      DROP CONSTRAINT deliveries_kind_check,
      DROP COLUMN link_id,
      ADD CONSTRAINT deliveries_kind_check CHECK (kind IN (${listed(KINDS)})),
      ADD CONSTRAINT deliveries_check CHECK ((invoice_id IS NULL) = (kind = 'email_used_again'));
    CREATE UNIQUE INDEX deliveries_about_account ON deliveries (user_id, kind, day) WHERE invoice_id IS NULL;
  `);
}
