import { exponentOf, MAX_AMOUNT_MINOR, MoneyError, STRIPE_EXPONENTS } from "../../../shared/money";

/**
 * Converts an amount to Stripe's units (docs.stripe.com/currencies). They are our minor units, except for mga
 * (whole ariary), isk and ugx (hundredths).
 * @param amountMinor in the currency's minor unit by ISO 4217
 * @throws MoneyError, with a message for the payer, when no card can be charged with this amount
 */
export function toStripeAmount(amountMinor: number, currency: string): number {
  const ours = exponentOf(currency);
  const theirs = STRIPE_EXPONENTS[currency] ?? ours;
  const amount = theirs >= ours ? amountMinor * 10 ** (theirs - ours) : amountMinor / 10 ** (ours - theirs);
  if (!Number.isSafeInteger(amount) || (theirs === 3 && amount % 10 !== 0)) {
    throw new MoneyError(`A card cannot be charged with exactly this amount in ${currency.toUpperCase()}.`);
  }
  if (amount <= 0) throw new MoneyError("There is nothing to pay.");
  if (amount > MAX_AMOUNT_MINOR) throw new MoneyError("The amount is too large for one card payment.");
  return amount;
}

/**
 * Converts an amount in Stripe's units to our minor units.
 * @throws MoneyError when the result is not a whole number
 */
export function fromStripeAmount(amount: number, currency: string): number {
  const ours = exponentOf(currency);
  const theirs = STRIPE_EXPONENTS[currency] ?? ours;
  const amountMinor = theirs >= ours ? amount / 10 ** (theirs - ours) : amount * 10 ** (ours - theirs);
  if (Number.isSafeInteger(amountMinor)) return amountMinor;
  throw new MoneyError(`Stripe's amount ${amount} is not a whole number of minor units of ${currency}.`);
}
