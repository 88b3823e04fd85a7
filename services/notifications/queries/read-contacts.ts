import type { Knex } from "../../../shared/db/open-database";

/** A customer's address, and whether the account is active. */
export interface Contact {
  user_id: string;
  username: string;
  email: string;
  is_active: boolean;
}

/** The known contacts of users, by user id. */
export async function readContacts(db: Knex, userIds: string[]): Promise<Map<string, Contact>> {
  const { rows } = await db.raw<{ rows: Contact[] }>(
    "SELECT user_id, username, email, is_active FROM contacts WHERE user_id = ANY(?::uuid[])",
    [userIds],
  );
  return new Map(rows.map((contact) => [contact.user_id, contact]));
}
