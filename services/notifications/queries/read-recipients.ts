import type { Knex } from "../../../shared/db/open-database";
import type { About } from "./queue-deliveries";

/** Whom a mail is for: the customer of an invoice, or the user of an account. */
export interface Recipient {
  name: string;
  /** null where a customer has none */
  email: string | null;
  /** false for a closed customer and a deactivated user */
  is_active: boolean;
}

type Whose = Pick<About, "customer_id" | "user_id">;

/** Names the recipient of a mail; a customer and a user may have the same id. */
export const recipientOf = ({ customer_id, user_id }: Whose): string =>
  customer_id === null ? `user ${user_id}` : `customer ${customer_id}`;

/** The known recipients of mails, by the names that `recipientOf` gives. */
export async function readRecipients(db: Knex, mails: readonly Whose[]): Promise<Map<string, Recipient>> {
  const { rows } = await db.raw<{ rows: (Recipient & Whose)[] }>(
    `SELECT id AS customer_id, NULL::uuid AS user_id, name, email, is_open AS is_active
     FROM customers WHERE id = ANY((:customers)::uuid[])
     UNION ALL
     SELECT NULL, user_id, username, email, is_active FROM contacts WHERE user_id = ANY((:users)::uuid[])`,
    {
      customers: mails.flatMap(({ customer_id }) => customer_id ?? []),
      users: mails.flatMap(({ user_id }) => user_id ?? []),
    },
  );
  return new Map(rows.map((row) => [recipientOf(row), row]));
}
