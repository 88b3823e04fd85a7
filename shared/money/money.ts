import { exponentOf } from "./currencies";
import { MoneyError } from "./money-error";
import { divideRounded, type Rounding } from "./rounding";

/**
 * A sum of money: a whole number of minor units (cents for usd, yen for jpy) of one currency. May be
 * negative.
 */
export interface Money {
  readonly amountMinor: number;
  /** Lower-case ISO 4217, as `usd`. */
  readonly currency: string;
}

/** The largest amount that can be charged at once, in minor units: Stripe takes eight digits. */
export const MAX_AMOUNT_MINOR = 99_999_999;

/**
 * Makes a sum of money from minor units.
 * @throws MoneyError when the amount is not a safe integer or the currency is unknown
 */
export function money(amountMinor: number, currency: string): Money {
  exponentOf(currency);
  if (!Number.isSafeInteger(amountMinor)) {
    throw new MoneyError(`An amount must be a safe whole number of minor units, not ${String(amountMinor)}.`);
  }
  // Adding 0 turns -0 into 0, so that equal sums also look equal.
  return Object.freeze({ amountMinor: amountMinor + 0, currency });
}

/** a + b. @throws MoneyError for different currencies, or a sum beyond the safe integers */
export function add(a: Money, b: Money): Money {
  requireSameCurrency(a, b);
  return exactly(units(a) + units(b), a.currency);
}

/**
 * a − b; may be negative.
 * @throws MoneyError for different currencies, or a result beyond the safe integers
 */
export function subtract(a: Money, b: Money): Money {
  requireSameCurrency(a, b);
  return exactly(units(a) - units(b), a.currency);
}

/** −1 when a is less than b, 0 when equal, 1 when greater. @throws MoneyError for different currencies */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  requireSameCurrency(a, b);
  const difference = units(a) - units(b);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/**
 * A sum taken `factor` times.
 * @throws MoneyError when the factor is no safe integer, or the result would not be
 */
export function multiply(sum: Money, factor: number): Money {
  if (!Number.isSafeInteger(factor)) {
    throw new MoneyError(`Money is multiplied by safe whole numbers only, not by ${String(factor)}.`);
  }
  return exactly(units(sum) * BigInt(factor), sum.currency);
}

/**
 * An n-th of a sum, rounded to a minor unit in the way named. Use `allocate` where the parts must add up
 * again.
 * @throws MoneyError when n is not a whole number of at least 1
 */
export function divide(sum: Money, n: number, rounding: Rounding): Money {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new MoneyError(`Money is divided by whole numbers of at least 1 only, not by ${String(n)}.`);
  }
  return exactly(divideRounded(units(sum), BigInt(n), rounding), sum.currency);
}

/**
 * Splits a sum in proportion to weights (days, seats, shares) so that the parts add up to it exactly. What is
 * left after rounding down goes, one minor unit each, to the largest remainders, the earlier part first among
 * equals. A part of weight 0 gets nothing. A negative sum is split like the positive one, with the sign
 * turned.
 * @throws MoneyError when a weight is not a whole number of at least 0, or no weight is above 0
 */
export function allocate(sum: Money, weights: readonly number[]): Money[] {
  const exactWeights = weights.map(toWeight);
  const totalWeight = exactWeights.reduce((total, weight) => total + weight, 0n);
  if (totalWeight === 0n)
    throw new MoneyError("Money is allocated by weights of which at least one is above 0.");

  const total = units(sum);
  const sign = total < 0n ? -1n : 1n;
  const size = total * sign;
  const shares = exactWeights.map((weight) => ({
    part: (size * weight) / totalWeight,
    remainder: (size * weight) % totalWeight,
  }));
  const leftOver = size - shares.reduce((allocated, share) => allocated + share.part, 0n);
  // The sort is stable, so equal remainders stay in the order of their parts.
  const largestFirst = [...shares].sort((a, b) => Number(b.remainder - a.remainder));
  for (const share of largestFirst.slice(0, Number(leftOver))) share.part += 1n;
  return shares.map((share) => exactly(share.part * sign, sum.currency));
}

function toWeight(weight: number): bigint {
  if (!Number.isSafeInteger(weight) || weight < 0) {
    throw new MoneyError(`A weight must be a whole number of at least 0, not ${String(weight)}.`);
  }
  return BigInt(weight);
}

function requireSameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw new MoneyError(`Cannot mix currencies: "${a.currency}" and "${b.currency}".`);
  }
}

/** The minor units of a sum that may have come over the wire, so it is checked again. */
function units(sum: Money): bigint {
  return BigInt(money(sum.amountMinor, sum.currency).amountMinor);
}

function exactly(minorUnits: bigint, currency: string): Money {
  const amountMinor = Number(minorUnits);
  if (!Number.isSafeInteger(amountMinor)) {
    throw new MoneyError(`The amount ${minorUnits} is too large to be counted exactly.`);
  }
  return money(amountMinor, currency);
}
