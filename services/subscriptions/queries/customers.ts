import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

/** What subscriptions know of a customer. */
export interface Customer {
  id: string;
  /** the user who signed up as this customer */
  user_id: string | null;
  /** wall clock; null while it is open */
  closed_at: string | null;
}

type ToldCustomer = PayloadOf<"customer.created" | "customer.updated" | "customer.closed">;

/** Copies customers from identity's events, in their order: the last event of a customer counts. */
export async function upsertCustomers(
  trx: Knex.Transaction,
  events: readonly { payload: ToldCustomer }[],
): Promise<void> {
  const latest = lastOfEach(events.map(({ payload }) => payload));
  await trx.raw(
    `INSERT INTO customers (id, user_id, closed_at)
     SELECT id, "user", closed_at
     FROM jsonb_to_recordset(?::jsonb) AS told(id uuid, "user" uuid, closed_at timestamptz)
     ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, closed_at = excluded.closed_at`,
    [JSON.stringify(latest)],
  );
}

export async function findCustomer(db: Knex, id: string): Promise<Customer | undefined> {
  const { rows } = await db.raw<{ rows: Customer[] }>(
    "SELECT id, user_id, closed_at FROM customers WHERE id = ?",
    [id],
  );
  return rows[0];
}

/** Active subscriptions of closed customers, and when those were closed. */
export async function subscriptionsOfClosed(
  db: Knex,
  limit: number,
): Promise<{ id: string; closed_at: string }[]> {
  const { rows } = await db.raw<{ rows: { id: string; closed_at: string }[] }>(
    `SELECT subscriptions.id, closed_at FROM customers JOIN subscriptions ON customer_id = customers.id
     WHERE closed_at IS NOT NULL AND status = 'active' LIMIT ?`,
    [limit],
  );
  return rows;
}
