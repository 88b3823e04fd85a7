import type { Component } from "../../../shared/contracts/catalog";
import type { SubscriptionItem } from "../../../shared/contracts/subscriptions";
import { formatAmount, MAX_AMOUNT_MINOR } from "../../../shared/money";

/** The parts of a plan that decide what a subscription costs; amounts in minor units. */
interface Priced {
  amount_minor: number;
  currency: string;
  components: readonly Component[];
}

/** The components of a plan with the chosen quantities; one of each where none is chosen. */
export function itemsOf(
  { components }: Pick<Priced, "components">,
  chosen: readonly SubscriptionItem[],
): SubscriptionItem[] {
  return components.map(({ item }) => ({
    item,
    quantity: chosen.find((each) => each.item === item)?.quantity ?? 1,
  }));
}

/**
 * Why somebody cannot subscribe with these quantities; undefined when they can. A flat component has none,
 * and a period must not cost more than one payment can be.
 */
export function wrongItems(plan: Priced, chosen: readonly SubscriptionItem[]): string | undefined {
  for (const { item } of chosen) {
    const component = plan.components.find((each) => each.item === item);
    if (component === undefined) return `the plan has no component ${item}`;
    if (!component.per_unit) return `${item} has no quantity: its price is for the whole`;
  }
  const items = itemsOf(plan, chosen);
  const total = plan.components.reduce(
    (sum, { amount_minor }, index) => sum + amount_minor * (items[index]?.quantity ?? 0),
    plan.amount_minor,
  );
  if (total <= MAX_AMOUNT_MINOR) return undefined;
  const { currency } = plan;
  const most = `${formatAmount(MAX_AMOUNT_MINOR, currency)} ${currency}`;
  return `a period would cost ${formatAmount(total, currency)} ${currency}, and at most ${most} can be paid`;
}
