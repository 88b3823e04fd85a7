import { Temporal } from "@js-temporal/polyfill";

import { TimeError } from "./time-error";

/** A calendar date as `YYYY-MM-DD`, from 1970-01-01 to 9999-12-31, so that text order is calendar order. */
export type IsoDate = string;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

const FIRST_YEAR = 1970;
const LAST_YEAR = 9999;

/**
 * The date so many days later, or earlier for a negative number.
 * @throws TimeError when the days are no whole number, or the result is outside 1970 to 9999
 */
export function addDays(date: IsoDate, days: number): IsoDate {
  if (!Number.isSafeInteger(days)) throw new TimeError(`Days must be a whole number, not ${String(days)}.`);
  return toIsoDate(withinCalendar(() => toPlainDate(date).add({ days })));
}

/** Writes a date for people: "25 November 2026". @throws TimeError when it is not a date */
export function displayDate(date: IsoDate): string {
  return toPlainDate(date).toLocaleString("en-GB", { dateStyle: "long" });
}

/**
 * The Temporal form of a date, for the modules of this folder.
 * @throws TimeError when it is not written as `YYYY-MM-DD`, does not exist (2026-02-30) or is outside 1970 to
 *   9999
 */
export function toPlainDate(text: IsoDate): Temporal.PlainDate {
  const date = readPlainDate(text);
  if (!date) {
    const years = `${FIRST_YEAR} to ${LAST_YEAR}`;
    throw new TimeError(
      `${JSON.stringify(text)} is not a date written as YYYY-MM-DD, in the years ${years}.`,
    );
  }
  return date;
}

/** The text of a Temporal date. @throws TimeError when it lies outside 1970 to 9999 */
export function toIsoDate(date: Temporal.PlainDate): IsoDate {
  if (date.year < FIRST_YEAR || date.year > LAST_YEAR) {
    throw new TimeError(`The date ${date.toString()} is outside the years ${FIRST_YEAR} to ${LAST_YEAR}.`);
  }
  return date.toString();
}

/** Runs calendar arithmetic. @throws TimeError instead of Temporal's RangeError */
export function withinCalendar<Result>(calculate: () => Result): Result {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof RangeError)
      throw new TimeError("The result lies beyond the calendar.", { cause: error });
    throw error;
  }
}

function readPlainDate(text: string): Temporal.PlainDate | undefined {
  if (typeof text !== "string" || !DATE.test(text)) return undefined;
  try {
    const date = Temporal.PlainDate.from(text);
    return date.year < FIRST_YEAR ? undefined : date;
  } catch {
    return undefined;
  }
}
