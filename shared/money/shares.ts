import { MoneyError } from "./money-error";

/**
 * A share of an amount: amount × part / whole, rounded once to a minor unit, half away from zero.
 * Use `allocate` where several shares must add up to the amount.
 * @param amountMinor may be negative
 * @throws MoneyError when an argument is no whole number, `part` is below 0 or `whole` below 1
 */
export function share(amountMinor: number, part: number, whole: number): number {
  if (!Number.isSafeInteger(whole) || whole < 1)
    throw new MoneyError(`A share is of a whole number of at least 1, not of ${String(whole)}.`);
  const [amount, divisor] = [exact(amountMinor), BigInt(whole)];
  const sign = amount < 0n ? -1n : 1n;
  const product = amount * sign * weight(part);
  const roundsUp = (product % divisor) * 2n >= divisor;
  return toNumber(sign * (product / divisor + (roundsUp ? 1n : 0n)));
}

/**
 * Splits an amount in proportion to weights (days, seats, prices) so that the parts add up to it exactly.
 * What is left after rounding down goes, one minor unit each, to the largest remainders; among equals to the
 * earlier part. A part of weight 0 gets nothing. A negative amount is split like the positive one.
 * @throws MoneyError when a weight is not a whole number of at least 0, or no weight is above 0
 */
export function allocate(amountMinor: number, weights: readonly number[]): number[] {
  const exactWeights = weights.map(weight);
  const totalWeight = exactWeights.reduce((total, each) => total + each, 0n);
  if (totalWeight === 0n)
    throw new MoneyError("An amount is allocated by weights of which at least one is above 0.");

  const amount = exact(amountMinor);
  const sign = amount < 0n ? -1n : 1n;
  const size = amount * sign;
  const shares = exactWeights.map((each) => ({
    part: (size * each) / totalWeight,
    remainder: (size * each) % totalWeight,
  }));
  const leftOver = size - shares.reduce((allocated, { part }) => allocated + part, 0n);
  // The sort is stable, so equal remainders stay in the order of their parts.
  const largestFirst = shares.toSorted((a, b) => Number(b.remainder - a.remainder));
  for (const each of largestFirst.slice(0, Number(leftOver))) each.part += 1n;
  return shares.map(({ part }) => toNumber(part * sign));
}

function exact(amountMinor: number): bigint {
  if (!Number.isSafeInteger(amountMinor))
    throw new MoneyError(`An amount must be a safe whole number of minor units, not ${String(amountMinor)}.`);
  return BigInt(amountMinor);
}

function weight(value: number): bigint {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new MoneyError(`A weight must be a whole number of at least 0, not ${String(value)}.`);
  return BigInt(value);
}

function toNumber(amount: bigint): number {
  const amountMinor = Number(amount);
  if (!Number.isSafeInteger(amountMinor))
    throw new MoneyError(`The amount ${amount} is too large to be counted exactly.`);
  return amountMinor;
}
