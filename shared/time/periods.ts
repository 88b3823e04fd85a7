import { toIsoDate, toPlainDate, withinCalendar, type IsoDate } from "./dates";
import { TimeError } from "./time-error";

/** The units a plan is billed in. */
export const INTERVALS = ["day", "week", "month", "year"] as const;
export type Interval = (typeof INTERVALS)[number];

/** From `start` up to, not including, `end`: the end is the start of the next period. */
export interface Period {
  readonly start: IsoDate;
  readonly end: IsoDate;
}

/** Every interval is a number of days or a number of months. */
const LENGTHS: Readonly<Record<Interval, { readonly unit: "days" | "months"; readonly size: number }>> = {
  day: { unit: "days", size: 1 },
  week: { unit: "days", size: 7 },
  month: { unit: "months", size: 1 },
  year: { unit: "months", size: 12 },
};

/**
 * The first day of period n: the anchor plus n × count intervals, clamped to the end of the month. It is
 * always counted from the original anchor, not from the period before: 31 Jan gives 28 Feb, then 31 Mar.
 * Postgres gives the same for `(anchor + n * count * interval '1 month')::date`.
 * @param intervalCount how many intervals a period lasts, at least 1
 * @param n the period's number, 0 being the one that starts at the anchor
 * @throws TimeError when an argument is not valid, or the result is after 9999
 */
export function periodStart(anchor: IsoDate, interval: Interval, intervalCount: number, n: number): IsoDate {
  const { unit, size } = lengthOf(interval, intervalCount);
  requireIndex(n);
  return toIsoDate(withinCalendar(() => toPlainDate(anchor).add({ [unit]: n * size })));
}

/**
 * Period n: from its first day up to, not including, that of period n + 1.
 * @throws TimeError as `periodStart`
 */
export function period(anchor: IsoDate, interval: Interval, intervalCount: number, n: number): Period {
  return {
    start: periodStart(anchor, interval, intervalCount, n),
    end: periodStart(anchor, interval, intervalCount, n + 1),
  };
}

/**
 * The number of the period that a date is in: the largest n whose start is not after it; −1 before the
 * anchor.
 * @throws TimeError when an argument is not valid
 */
export function periodIndexAt(
  anchor: IsoDate,
  interval: Interval,
  intervalCount: number,
  date: IsoDate,
): number {
  const { unit, size } = lengthOf(interval, intervalCount);
  const first = toPlainDate(anchor);
  const day = toPlainDate(date);
  if (date < anchor) return -1;
  if (unit === "days") return Math.floor(first.until(day, { largestUnit: "days" }).days / size);

  // At most one period starts in a month, so only the start in the date's own month can be after the date.
  const months = (day.year - first.year) * 12 + (day.month - first.month);
  const candidate = Math.floor(months / size);
  return periodStart(anchor, interval, intervalCount, candidate) <= date ? candidate : candidate - 1;
}

function lengthOf(interval: Interval, intervalCount: number): { unit: "days" | "months"; size: number } {
  if (!INTERVALS.includes(interval)) {
    throw new TimeError(
      `Unknown interval ${JSON.stringify(interval)}: expected one of ${INTERVALS.join(", ")}.`,
    );
  }
  if (!Number.isSafeInteger(intervalCount) || intervalCount < 1) {
    throw new TimeError(
      `A period lasts a whole number of intervals, at least 1, not ${String(intervalCount)}.`,
    );
  }
  const { unit, size } = LENGTHS[interval];
  return { unit, size: size * intervalCount };
}

function requireIndex(n: number): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new TimeError(`Periods are numbered by whole numbers from 0, not by ${String(n)}.`);
  }
}
