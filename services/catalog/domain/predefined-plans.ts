import { parseAmount } from "../../../shared/money";

/**
 * The plans that a new system starts with: price a month, in whole units of whatever currency is the default.
 */
const PREDEFINED = [
  { name: "Basic", price: "199" },
  { name: "Pro", price: "499" },
  { name: "Enterprise", price: "999" },
];

/**
 * The plans on offer when nobody has made any yet.
 * @param currency lower-case ISO 4217
 * @throws MoneyError for an unknown currency
 */
export function predefinedPlans(currency: string) {
  return PREDEFINED.map(({ name, price }) => ({
    name,
    amount_minor: parseAmount(price, currency),
    currency,
    interval: "month" as const,
    interval_count: 1,
    trial_days: 0,
    description: "",
  }));
}
