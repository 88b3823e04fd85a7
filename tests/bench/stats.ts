/** The middle value, or the mean of the two middle ones. @throws RangeError for no values */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5) + quantile(values, 0.5, Math.ceil)) / 2;
}

/** The value below which a fraction `q` of the values is. @throws RangeError for no values */
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
