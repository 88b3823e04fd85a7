import type { IsoDate } from "../../../shared/time";

/** A day that a new subscription cannot have, and why. */
type WrongDate = { field: "start_date" | "end_date"; message: string };

/**
 * What is wrong with the days of a new subscription; undefined when nothing is.
 * @param today the day in the billing zone
 * @param mayBackdate whether the start may lie in the past
 */
export function wrongDate(
  { start, end }: { start: IsoDate; end: IsoDate | undefined },
  { today, mayBackdate }: { today: IsoDate; mayBackdate: boolean },
): WrongDate | undefined {
  if (start < today && !mayBackdate) return { field: "start_date", message: "must not be in the past" };
  if (end === undefined) return undefined;
  if (end <= start) return { field: "end_date", message: "must be after the start date" };
  if (end <= today) return { field: "end_date", message: "must be in the future" };
  return undefined;
}

/**
 * The first day that a subscription cancelled today no longer covers: today, but not before its start, and no
 * later than it would have ended anyway.
 */
export function endWhenCancelled(
  { start_date, end_date }: { start_date: IsoDate; end_date: IsoDate | null },
  today: IsoDate,
): IsoDate {
  const end = today < start_date ? start_date : today;
  return end_date !== null && end_date < end ? end_date : end;
}
