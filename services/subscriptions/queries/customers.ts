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

/** Copies users from identity's events. An account is closed since its first closing event. */
export async function upsertCustomers(trx: Knex.Transaction, users: readonly ToldUser[]): Promise<void> {
  await trx.raw(
    `INSERT INTO customers (user_id, closed_at)
     SELECT id, CASE WHEN was_open THEN told.closed_at ELSE coalesce(known.closed_at, told.closed_at) END
     FROM jsonb_to_recordset(?::jsonb) AS told(id uuid, closed_at timestamptz, was_open boolean)
     LEFT JOIN customers AS known ON known.user_id = id
     ON CONFLICT (user_id) DO UPDATE SET closed_at = excluded.closed_at`,
    [JSON.stringify(lastStates(users))],
  );
}

/** One state for each user: one statement cannot write a row twice. `was_open`: after one of these events. */
function lastStates(users: readonly ToldUser[]) {
  const states = new Map<string, { id: string; closed_at: string | null; was_open: boolean }>();
  for (const { occurred_at, payload } of users) {
    const { id, is_active } = payload;
    const { closed_at, was_open } = states.get(id) ?? { closed_at: null, was_open: false };
    states.set(
      id,
      is_active
        ? { id, closed_at: null, was_open: true }
        : { id, closed_at: closed_at ?? occurred_at, was_open },
    );
  }
  return [...states.values()];
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
