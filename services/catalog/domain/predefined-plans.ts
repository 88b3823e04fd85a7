import { parseAmount } from "../../../shared/money";

/** The plans of a new system: price per month, in whole units of the default currency. */
const PREDEFINED = [
  { name: "Basic", price: "199" },
  { name: "Pro", price: "499" },
  { name: "Enterprise", price: "999" },
];

/**
 * The plans to create when there are none yet.
 * @param currency lower-case ISO 4217
 * @throws MoneyError for an unknown currency
 */
export function predefinedPlans(currency: string) {
  return PREDEFINED.map(({ name, price }) => ({
    name,
    amount_minor: parseAmount(price, currency),
    product: "default",
    features: {},
    metadata: {},
    currency,
    interval: "month" as const,
    interval_count: 1,
    trial_days: 0,
    description: "",
  }));
}
