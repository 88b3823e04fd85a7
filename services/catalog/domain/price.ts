import { exponentOf, formatAmount, MAX_AMOUNT_MINOR, STRIPE_EXPONENTS } from "../../../shared/money";

/** Amounts with three decimals are charged in tenths of what the third one could say. */
const STEP_OF_THREE_DECIMALS = 10;

/**
 * Why a plan cannot cost so much; undefined when it can. A price must be one that a card can be charged with:
 * at most eight digits, and no more decimals than Stripe takes (docs.stripe.com/currencies: special cases).
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
  return `must be a multiple of ${formatAmount(step, currency)} ${currency}, or no card can be charged with it`;
}
