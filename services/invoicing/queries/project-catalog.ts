import { BASE_ITEM } from "../../../shared/contracts/catalog";
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

/** Keeps the components of plans. A plan's never change, so what is known already stays. */
export async function insertComponents(
  trx: Knex.Transaction,
  plans: readonly Pick<PayloadOf<"plan.created">, "id" | "components">[],
): Promise<void> {
  const rows = plans.flatMap(({ id, components = [] }) =>
    components.map(({ item, description }, index) => ({
      plan_id: id,
      item,
      description,
      position: index + 1,
    })),
  );
  if (rows.length > 0) await trx("components").insert(rows).onConflict().ignore();
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
  const dated = prices.map((price) => ({
    item: BASE_ITEM,
    ...price,
    from_day: firstDayFrom(price.effective_from, zone),
  }));
  await trx.raw(
    `INSERT INTO plan_prices (plan_id, item, effective_from, amount_minor, currency, from_day)
     SELECT DISTINCT ON (plan, item, effective_from)
            plan, item, effective_from, amount_minor, currency, from_day
     FROM ROWS FROM (
       jsonb_to_recordset(?::jsonb)
         AS (plan uuid, item text, effective_from timestamptz, amount_minor bigint, currency text,
             from_day date)
     ) WITH ORDINALITY AS price(plan, item, effective_from, amount_minor, currency, from_day, ordinality)
     ORDER BY plan, item, effective_from, ordinality DESC
     ON CONFLICT (plan_id, item, effective_from)
       DO UPDATE SET amount_minor = excluded.amount_minor, currency = excluded.currency`,
    [JSON.stringify(dated)],
  );
}
