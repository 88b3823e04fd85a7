import { MAX_CUSTOMERS } from "../../../shared/contracts/identity";
import type { Knex } from "../../../shared/db/open-database";

/** The ids of the customers that a user belongs to, the first one first; closed ones too. */
export async function customersOfUser(db: Knex, userId: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { customer_id: string }[] }>(
    `SELECT customer_id FROM customer_users WHERE user_id = ?
     ORDER BY joined_at, customer_id LIMIT ?`,
    [userId, MAX_CUSTOMERS],
  );
  return rows.map(({ customer_id }) => customer_id);
}
