import type { Knex } from "knex";

/**
 * audit_log: what people, API keys and operators have changed here, one row for each change. It is kept, and
 * a service can add rows but not change them (shared/db/privileges.ts). An id is in the order of time, and
 * holds it. `details` names no person.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE audit_log (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      actor text NOT NULL CHECK (actor ~ '^(user|key|service):|^(operator|anonymous)$'),
      request_id text NOT NULL,
      action text NOT NULL,
      object text NOT NULL,
      details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
    );
    CREATE INDEX audit_log_object ON audit_log (object, id);
    CREATE INDEX audit_log_actor ON audit_log (actor, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TABLE audit_log");
}
