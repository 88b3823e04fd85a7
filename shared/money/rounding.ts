import { MoneyError } from "./money-error";

/**
 * How a division is rounded. Signs are symmetrical: −2.5 rounds as 2.5 does.
 * - `half_even`: to the nearest, a tie to the even neighbour (banker's rounding)
 * - `half_up`: to the nearest, a tie away from zero
 * - `down`: towards zero
 * - `up`: away from zero
 */
export type Rounding = "half_even" | "half_up" | "down" | "up";

const AWAY_FROM_ZERO: Readonly<Record<Rounding, (division: Division) => boolean>> = {
  half_even: ({ quotient, twiceRemainder, divisor }) =>
    twiceRemainder > divisor || (twiceRemainder === divisor && quotient % 2n === 1n),
  half_up: ({ twiceRemainder, divisor }) => twiceRemainder >= divisor,
  down: () => false,
  up: ({ twiceRemainder }) => twiceRemainder > 0n,
};

interface Division {
  readonly quotient: bigint;
  readonly twiceRemainder: bigint;
  readonly divisor: bigint;
}

/**
 * dividend / divisor as a whole number; the divisor must be positive.
 * @throws MoneyError for a rounding that does not exist
 */
export function divideRounded(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  if (!Object.hasOwn(AWAY_FROM_ZERO, rounding))
    throw new MoneyError(`Unknown rounding ${JSON.stringify(rounding)}.`);
  const sign = dividend < 0n ? -1n : 1n;
  const size = dividend * sign;
  const division = { quotient: size / divisor, twiceRemainder: (size % divisor) * 2n, divisor };
  return sign * (AWAY_FROM_ZERO[rounding](division) ? division.quotient + 1n : division.quotient);
}
