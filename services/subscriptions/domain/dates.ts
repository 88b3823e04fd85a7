import type { IsoDate } from "../../../shared/time";

/** A day that a new subscription cannot have, and the reason. */
type WrongDate = { field: "start_date" | "end_date"; message: string };

/**
 * What is wrong with the days of a new subscription; undefined when they are right.
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

/** The end of a subscription that is cancelled today. */
export function endWhenCancelled(
  { start_date, end_date }: { start_date: IsoDate; end_date: IsoDate | null },
  today: IsoDate,
): IsoDate {
  const end = today < start_date ? start_date : today;
  return end_date !== null && end_date < end ? end_date : end;
}
