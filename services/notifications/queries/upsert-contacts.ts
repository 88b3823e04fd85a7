import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

/** Copies users from identity's events, in their order: the last event of a user counts. */
export async function upsertContacts(
  trx: Knex.Transaction,
  users: PayloadOf<"user.registered" | "user.updated">[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO contacts (user_id, username, email, is_active)
     SELECT id, username, email, is_active
     FROM jsonb_to_recordset(?::jsonb) AS fresh(id uuid, username text, email text, is_active boolean)
     ON CONFLICT (user_id) DO UPDATE
     SET username = excluded.username, email = excluded.email, is_active = excluded.is_active`,
    [JSON.stringify(lastOfEach(users))],
  );
}
