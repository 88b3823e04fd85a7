import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { firstDayFrom } from "../../../shared/time";

/** Keeps the names of plans, for the lines of invoices. Of several events about one plan the last counts. */
export async function upsertPlans(
  trx: Knex.Transaction,
  plans: { id: string; name: string }[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO plans (id, name)
     SELECT DISTINCT ON (id) id, name
     FROM ROWS FROM (jsonb_to_recordset(?::jsonb) AS (id uuid, name text))
       WITH ORDINALITY AS plan(id, name, ordinality)
     ORDER BY id, ordinality DESC
     ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
    [JSON.stringify(plans)],
  );
}

/**
 * Adds prices to the histories of plans. A second price for the same instant replaces the first, as in the
 * catalog.
 * @param zone the billing zone
 */
export async function insertPrices(
  trx: Knex.Transaction,
  prices: PayloadOf<"plan.price_set">[],
  zone: string,
): Promise<void> {
  const dated = prices.map((price) => ({ ...price, from_day: firstDayFrom(price.effective_from, zone) }));
  await trx.raw(
    `INSERT INTO plan_prices (plan_id, effective_from, amount_minor, currency, from_day)
     SELECT DISTINCT ON (plan, effective_from) plan, effective_from, amount_minor, currency, from_day
     FROM ROWS FROM (
       jsonb_to_recordset(?::jsonb)
         AS (plan uuid, effective_from timestamptz, amount_minor bigint, currency text, from_day date)
     ) WITH ORDINALITY AS price(plan, effective_from, amount_minor, currency, from_day, ordinality)
     ORDER BY plan, effective_from, ordinality DESC
     ON CONFLICT (plan_id, effective_from)
       DO UPDATE SET amount_minor = excluded.amount_minor, currency = excluded.currency`,
    [JSON.stringify(dated)],
  );
}
