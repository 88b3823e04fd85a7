/**
 * The value in the middle; of an even number of values the mean of the two there.
 * @throws RangeError for no values
 */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5) + quantile(values, 0.5, Math.ceil)) / 2;
}

/** The value below which a fraction `q` of the values lies. @throws RangeError for no values */
export function quantile(
  values: readonly number[],
  q: number,
  round: (x: number) => number = Math.floor,
): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[round(q * (sorted.length - 1))];
  if (found === undefined) throw new RangeError("there are no values");
  return found;
}
