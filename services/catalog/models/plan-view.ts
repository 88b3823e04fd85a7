import { changedPlan, plan, planFact, type Component } from "../../../shared/contracts/catalog";
import { view } from "../../../shared/contracts/fields";
import { priceWarnings } from "../domain/price";
import type { Plan, PricedPlan } from "./plan";

/** A plan as the contract shows it. */
export const viewPlan = (row: PricedPlan) => view(plan, row);

/** A plan that was created or changed, with warnings about its price. */
export const viewChangedPlan = (row: PricedPlan) =>
  view(changedPlan, row, { warnings: priceWarnings(row.amount_minor, row.currency) });

/** Components without their prices, which have events of their own. */
export const withoutPrices = (components: readonly Component[]) =>
  components.map(({ item, description, per_unit }) => ({ item, description, per_unit }));

/** What events say about a plan. */
export const planEvent = (row: Plan, components: readonly Component[]) =>
  view(planFact, row, {
    components: withoutPrices(components),
    archived: row.archived_at !== null,
  });
