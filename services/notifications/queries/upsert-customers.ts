import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

type ToldCustomer = PayloadOf<"customer.created" | "customer.updated" | "customer.closed">;

/** Copies customers from identity's events, in their order: the last event of a customer counts. */
export async function upsertCustomers(
  trx: Knex.Transaction,
  events: readonly { payload: ToldCustomer }[],
): Promise<void> {
  const latest = lastOfEach(events.map(({ payload }) => payload));
  await trx.raw(
    `INSERT INTO customers (id, name, email, is_open)
     SELECT id, name, email, closed_at IS NULL
     FROM jsonb_to_recordset(?::jsonb) AS told(id uuid, name text, email text, closed_at timestamptz)
     ON CONFLICT (id) DO UPDATE
     SET name = excluded.name, email = excluded.email, is_open = excluded.is_open`,
    [JSON.stringify(latest)],
  );
}
