import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";

/** What subscriptions know of a user. */
export interface Customer {
  user_id: string;
  /** wall clock; null while the account is open */
  closed_at: string | null;
}

/** A user as an event of identity tells it, and when. */
export interface ToldUser {
  occurred_at: string;
  payload: PayloadOf<"user.registered" | "user.updated">;
}

/** Copies users from identity's events, in their order: the last event of a user counts. */
export async function upsertCustomers(trx: Knex.Transaction, users: readonly ToldUser[]): Promise<void> {
  const told = users.map(({ occurred_at, payload: { id, is_active } }) => ({ id, is_active, occurred_at }));
  // One statement cannot write a row twice.
  const latest = [...new Map(told.map((user) => [user.id, user])).values()];
  await trx.raw(
    `INSERT INTO customers (user_id, closed_at)
     SELECT id, CASE WHEN NOT is_active THEN occurred_at END
     FROM jsonb_to_recordset(?::jsonb) AS told(id uuid, is_active boolean, occurred_at timestamptz)
     ON CONFLICT (user_id) DO UPDATE
     SET closed_at = CASE WHEN excluded.closed_at IS NOT NULL
       THEN coalesce(customers.closed_at, excluded.closed_at) END`,
    [JSON.stringify(latest)],
  );
}

export async function findCustomer(db: Knex, userId: string): Promise<Customer | undefined> {
  const { rows } = await db.raw<{ rows: Customer[] }>(
    "SELECT user_id, closed_at FROM customers WHERE user_id = ?",
    [userId],
  );
  return rows[0];
}

/** Active subscriptions of closed accounts, and when the accounts were closed. */
export async function subscriptionsOfClosed(
  db: Knex,
  limit: number,
): Promise<{ id: string; closed_at: string }[]> {
  const { rows } = await db.raw<{ rows: { id: string; closed_at: string }[] }>(
    `SELECT id, closed_at FROM customers JOIN subscriptions USING (user_id)
     WHERE closed_at IS NOT NULL AND status = 'active' LIMIT ?`,
    [limit],
  );
  return rows;
}
