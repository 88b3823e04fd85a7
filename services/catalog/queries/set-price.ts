import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import type { Plan } from "../models/plan";

/**
 * Sets a price, and appends its event. The caller holds a lock on the plan's row, so that changes come one
 * after the other. A price is never set before the newest one, even if the clock was set back.
 * @param item a component of the plan, or `base` for the plan itself
 * @param amountMinor in the minor unit of the plan's currency
 * @param from the business time from which the price is in force
 */
export async function setPrice(
  trx: Knex.Transaction,
  plan: Plan,
  item: string,
  amountMinor: number,
  from: string,
): Promise<void> {
  const { rows } = await trx.raw<{
    rows: { plan: string; item: string; amount_minor: number; effective_from: string }[];
  }>(
    `INSERT INTO plan_prices (plan_id, item, amount_minor, effective_from)
     SELECT :planId, :item, :amountMinor, greatest(:from::timestamptz, max(effective_from))
     FROM plan_prices WHERE plan_id = :planId AND item = :item
     ON CONFLICT (plan_id, item, effective_from) DO UPDATE SET amount_minor = excluded.amount_minor
     RETURNING plan_id AS plan, item, amount_minor, effective_from`,
    { planId: plan.id, item, amountMinor, from },
  );
  const payloads = rows.map((price) => ({ ...price, currency: plan.currency }));
  await appendEvents<"catalog">(
    trx,
    payloads.map((payload) => ({ type: "plan.price_set", subject_id: plan.id, payload })),
  );
}
