import { isDeepStrictEqual } from "node:util";
import { conflict, invalid, notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import type { ParamsOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { appendEvents } from "../../../shared/events/outbox";
import { BASE_ITEM, type Component } from "../../../shared/contracts/catalog";
import { Plan, type PricedPlan } from "../models/plan";
import { planEvent, withoutPrices } from "../models/plan-view";
import { pricedPlans } from "../queries/priced-plans";
import { setPrice } from "../queries/set-price";
import { requireChargeable, refuseTakenName } from "../refusals";
import { withWarnings } from "../warnings";

/** What can change besides the price; undefined fields stay as they are. */
type Terms = Omit<ParamsOf<"catalog.updatePlan">, "id" | "amount_minor" | "components">;

/**
 * Changes the given fields of a plan. New prices are in force from now (business time).
 * @throws BillingError 404, 409 for an archived plan, 400 for a wrong price or a name that is taken
 */
export const updatePlan: ActionHandler<"catalog.updatePlan"> = async (env) => {
  const { params, clock, transaction } = env;
  const { id, amount_minor, components, ...given } = params;
  const now = await clock.now();
  const changed = await transaction(async (trx) => {
    const plan = await lockPlan(trx, id);
    if (amount_minor !== undefined && amount_minor !== plan.amount_minor) {
      requireChargeable(amount_minor, plan.currency);
      await setPrice(trx, plan, BASE_ITEM, amount_minor, now);
    }
    for (const { item, amount_minor: price } of changedComponents(plan, components)) {
      requireChargeable(price, plan.currency, "components");
      await setPrice(trx, plan, item, price, now);
    }
    await changeTerms(trx, plan, given);
    return pricedPlans(trx).findById(id).throwIfNotFound();
  }).catch(refuseTakenName);
  return withWarnings(env, changed);
};

/** Reads the price in a statement after the lock: the locking statement would not see a change before it. */
async function lockPlan(trx: Knex.Transaction, id: string): Promise<PricedPlan> {
  await Plan.query(trx).findById(id).forUpdate();
  const plan = await pricedPlans(trx).findById(id);
  if (plan === undefined) throw notFound("plan");
  if (plan.archived_at !== null) throw conflict("plan.archived", "An archived plan cannot be changed.");
  return plan;
}

/**
 * The components that have another price now.
 * @throws BillingError 400 naming `components` when anything else about them is other than it was
 */
function changedComponents(plan: PricedPlan, given: Component[] = plan.components): Component[] {
  if (!isDeepStrictEqual(withoutPrices(given), withoutPrices(plan.components))) {
    const message = "only their prices can be changed; create a new plan";
    throw invalid({ field: "components", message });
  }
  return given.filter(({ amount_minor }, index) => amount_minor !== plan.components[index]?.amount_minor);
}

async function changeTerms(trx: Knex.Transaction, plan: PricedPlan, given: Terms): Promise<void> {
  const terms = Object.entries(given) as [keyof Terms, Terms[keyof Terms]][];
  const changes = terms.filter(
    ([term, value]) => value !== undefined && !isDeepStrictEqual(value, plan[term]),
  );
  if (changes.length === 0) return;
  const changed = await plan.$query(trx).patchAndFetch(Object.fromEntries(changes));
  await appendEvents<"catalog">(trx, [
    { type: "plan.updated", subject_id: plan.id, payload: planEvent(changed, plan.components) },
  ]);
}
