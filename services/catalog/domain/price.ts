import {
  cardMinimum,
  exponentOf,
  formatAmount,
  MAX_AMOUNT_MINOR,
  STRIPE_EXPONENTS,
} from "../../../shared/money";

/** In currencies with three decimals, the last digit of a charge must be 0. */
const STEP_OF_THREE_DECIMALS = 10;

/**
 * Why an amount cannot be the price of a plan; undefined when it can. A card must be chargeable with it: at
 * most eight digits, and no more decimals than Stripe takes (docs.stripe.com/currencies, special cases).
 * @param amountMinor a whole number, in the minor unit of ISO 4217
 * @throws MoneyError for an unknown currency
 */
export function whyNotAPrice(amountMinor: number, currency: string): string | undefined {
  if (amountMinor < 0) return "must not be negative";
  const exponent = exponentOf(currency);
  const minorPerCharged = 10 ** (exponent - (STRIPE_EXPONENTS[currency] ?? exponent));
  const largest = Math.min(MAX_AMOUNT_MINOR, Math.floor(MAX_AMOUNT_MINOR * minorPerCharged));
  if (amountMinor > largest) return `must be at most ${formatAmount(largest, currency)} ${currency}`;

  const step = exponent === 3 ? STEP_OF_THREE_DECIMALS : Math.max(1, minorPerCharged);
  if (amountMinor % step === 0) return undefined;
  const multiple = `${formatAmount(step, currency)} ${currency}`;
  return `must be a multiple of ${multiple}, or no card can be charged with it`;
}

/**
 * What staff should know about a price that is allowed, in sentences: an invoice below what a card can be
 * charged with must be paid in another way. A free plan is fine.
 */
export function priceWarnings(amountMinor: number, currency: string): string[] {
  const minimum = cardMinimum(currency);
  if (amountMinor === 0 || minimum === undefined || amountMinor >= minimum) return [];
  const least = `${formatAmount(minimum, currency)} ${currency}`;
  return [`No card can be charged with less than ${least}: invoices of this price cannot be paid by card.`];
}
