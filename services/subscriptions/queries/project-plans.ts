import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

type ToldPlan = PayloadOf<"plan.created" | "plan.updated">;

/** Copies the features of plans from the catalog's events, in order: the last event of a plan counts. */
export async function upsertPlans(
  trx: Knex.Transaction,
  events: readonly { payload: ToldPlan }[],
): Promise<void> {
  const latest = lastOfEach(events.map(({ payload: { id, features = {} } }) => ({ id, features })));
  await trx.raw(
    `INSERT INTO plans (id, features)
     SELECT id, features FROM jsonb_to_recordset(?::jsonb) AS told(id uuid, features jsonb)
     ON CONFLICT (id) DO UPDATE SET features = excluded.features`,
    [JSON.stringify(latest)],
  );
}
