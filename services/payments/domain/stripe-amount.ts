import { exponentOf, MAX_AMOUNT_MINOR, MoneyError, STRIPE_EXPONENTS } from "../../../shared/money";

/**
 * An amount as Stripe counts it: mostly our minor units, but whole ariary for mga, hundredths for isk and
 * ugx.
 * @param amountMinor in the currency's minor unit by ISO 4217
 * @throws MoneyError, written for the payer, when no card can be charged with it (docs.stripe.com/currencies)
 */
export function toStripeAmount(amountMinor: number, currency: string): number {
  const ours = exponentOf(currency);
  const theirs = STRIPE_EXPONENTS[currency] ?? ours;
  const amount = theirs >= ours ? amountMinor * 10 ** (theirs - ours) : amountMinor / 10 ** (ours - theirs);
  if (!Number.isSafeInteger(amount) || (theirs === 3 && amount % 10 !== 0)) {
    throw new MoneyError(`An amount in ${currency} cannot be charged that exactly to a card.`);
  }
  if (amount <= 0) throw new MoneyError("There is nothing to pay.");
  if (amount > MAX_AMOUNT_MINOR)
    throw new MoneyError("The amount is more than a card can be charged with at once.");
  return amount;
}

/**
 * What Stripe's amount is in our minor units.
 * @throws MoneyError when it is no whole number of them
 */
export function fromStripeAmount(amount: number, currency: string): number {
  const ours = exponentOf(currency);
  const theirs = STRIPE_EXPONENTS[currency] ?? ours;
  const amountMinor = theirs >= ours ? amount / 10 ** (theirs - ours) : amount * 10 ** (ours - theirs);
  if (Number.isSafeInteger(amountMinor)) return amountMinor;
  throw new MoneyError(`${amount} is no whole number of minor units of ${currency}.`);
}
