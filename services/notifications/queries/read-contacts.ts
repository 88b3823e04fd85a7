import type { Knex } from "../../../shared/db/open-database";

/** Whom to write to, and whether to. */
export interface Contact {
  user_id: string;
  username: string;
  email: string;
  is_active: boolean;
}

/** The contacts of users by their id, as far as they are known. */
export async function readContacts(db: Knex, userIds: string[]): Promise<Map<string, Contact>> {
  const { rows } = await db.raw<{ rows: Contact[] }>(
    "SELECT user_id, username, email, is_active FROM contacts WHERE user_id = ANY(?::uuid[])",
    [userIds],
  );
  return new Map(rows.map((contact) => [contact.user_id, contact]));
}
