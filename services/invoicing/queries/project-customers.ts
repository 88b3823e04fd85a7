import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

type ToldCustomer = PayloadOf<"customer.created" | "customer.updated">;

/** Copies customers from identity's events, in their order: the last event of a customer counts. */
export async function upsertCustomers(
  trx: Knex.Transaction,
  events: readonly { payload: ToldCustomer }[],
): Promise<void> {
  const latest = lastOfEach(events.map(({ payload }) => payload));
  await trx.raw(
    `INSERT INTO customers (id, user_id, bill_to)
     SELECT id, "user",
            jsonb_build_object('name', name, 'email', email, 'address', address, 'vat_id', vat_id)
     FROM jsonb_to_recordset(?::jsonb)
       AS told(id uuid, "user" uuid, name text, email text, address jsonb, vat_id text)
     ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, bill_to = excluded.bill_to`,
    [JSON.stringify(latest)],
  );
}
