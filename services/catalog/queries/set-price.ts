import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import type { Plan } from "../models/plan";

/**
 * Puts a price in force and tells the others. The caller holds the plan's row, so that changes follow each
 * other. Of two changes at one instant the later counts; a clock that was set back cannot slip a price in
 * before the newest.
 * @param amountMinor in the minor unit of the plan's currency
 * @param from the business instant from which it is in force: periods that start from then on cost so much
 */
export async function setPrice(
  trx: Knex.Transaction,
  plan: Plan,
  amountMinor: number,
  from: string,
): Promise<void> {
  const { rows } = await trx.raw<{
    rows: { plan_id: string; amount_minor: number; effective_from: string }[];
  }>(
    `INSERT INTO plan_prices (plan_id, amount_minor, effective_from)
     SELECT :planId, :amountMinor, greatest(:from::timestamptz, max(effective_from))
     FROM plan_prices WHERE plan_id = :planId
     ON CONFLICT (plan_id, effective_from) DO UPDATE SET amount_minor = excluded.amount_minor
     RETURNING plan_id, amount_minor, effective_from`,
    { planId: plan.id, amountMinor, from },
  );
  const payloads = rows.map((price) => ({ ...price, currency: plan.currency }));
  await appendEvents<"catalog">(
    trx,
    payloads.map((payload) => ({ type: "plan.price_set", subject_id: plan.id, payload })),
  );
}
