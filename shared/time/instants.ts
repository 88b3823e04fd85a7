import { Temporal } from "@js-temporal/polyfill";

import { addDays, toIsoDate, toPlainDate, withinCalendar, type IsoDate } from "./dates";
import { TimeError } from "./time-error";

/** An instant as UTC text with milliseconds, `2026-01-31T09:00:00.000Z`: text order is the order of time. */
export type IsoInstant = string;

/** The first instant of the calendar, as Postgres writes it: what holds from here on has always held. */
export const ALWAYS = "1970-01-01T00:00:00Z";

const LAST_DATE = "9999-12-31";
const FIRST_INSTANT = Temporal.Instant.from(ALWAYS);
const END_INSTANT = Temporal.Instant.from("+010000-01-01T00:00:00Z");
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const DURATION = /^[+-]?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
const ZONE = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

/**
 * Reads an ISO 8601 instant with `Z` or an offset and writes it as an IsoInstant. Fractions of a millisecond
 * are cut off.
 * @throws TimeError when the text is not an instant, or is outside the years 1970 to 9999
 */
export function parseIsoInstant(text: string): IsoInstant {
  return toIsoInstant(toInstant(text));
}

/** True for an ISO 8601 duration above zero, such as `P1M`, `P1DT12H` or `PT90M`. */
export function isPositiveDuration(text: string): boolean {
  return readDuration(text)?.sign === 1;
}

/** Names that were asked for and exist: to ask takes 60 µs. */
const knownZones = new Set<string>();

/**
 * True for an IANA time zone name such as `UTC` or `Europe/Berlin`. Offsets like `+01:00` are refused,
 * because Postgres reads their sign the other way round.
 */
export function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  if (typeof name !== "string" || !ZONE.test(name)) return false;
  try {
    // It throws for a zone that does not exist.
    Intl.DateTimeFormat("en", { timeZone: name });
    knownZones.add(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checks a time zone name and gives it back.
 * @throws TimeError when it is not an IANA name that this machine knows
 */
export function requireTimeZone(name: string): string {
  if (!isTimeZone(name)) {
    throw new TimeError(
      `${JSON.stringify(name)} is not a time zone: expected an IANA name such as "Europe/Berlin".`,
    );
  }
  return name;
}

/**
 * The calendar date of an instant in a time zone.
 * @param moment an ISO instant, or milliseconds since 1970-01-01T00:00Z
 * @throws TimeError when the instant or the zone is not valid, or the date is outside 1970 to 9999
 */
export function dayOf(moment: IsoInstant | number, zone: string): IsoDate {
  const instant = typeof moment === "number" ? fromEpochMs(moment) : toInstant(moment);
  return toIsoDate(instant.toZonedDateTimeISO(requireTimeZone(zone)).toPlainDate());
}

/**
 * The first instant of a date in a zone: the earlier midnight where there are two, and the end of the gap
 * where there is none. Everything that depends on when a day starts uses this, and nothing uses Postgres's
 * own zones.
 * @throws TimeError when the date or the zone is not valid
 */
export function startOfDay(date: IsoDate, zone: string): IsoInstant {
  return timeOnDay(date, "00:00", zone);
}

/**
 * The first instant after a date in a zone, for Postgres: `infinity` after the last date of the calendar.
 * @throws TimeError when the date or the zone is not valid
 */
export function endOfDay(date: IsoDate, zone: string): string {
  return date === LAST_DATE ? "infinity" : startOfDay(addDays(date, 1), zone);
}

/**
 * The first date that starts at an instant or after it: what is set at that instant is in force on this day
 * when it starts, and not on the day before.
 * @throws TimeError when the instant or the zone is not valid
 */
export function firstDayFrom(moment: IsoInstant, zone: string): IsoDate {
  const local = toInstant(moment).toZonedDateTimeISO(requireTimeZone(zone));
  const date = local.toPlainDate();
  const starts = local.startOfDay().epochMilliseconds === local.epochMilliseconds;
  return toIsoDate(withinCalendar(() => (starts ? date : date.add({ days: 1 }))));
}

/** How far the clocks of a zone are ahead of UTC at an instant, in minutes. @throws TimeError */
export function utcOffset_min(moment: IsoInstant, zone: string): number {
  return toInstant(moment).toZonedDateTimeISO(requireTimeZone(zone)).offsetNanoseconds / 60_000_000_000;
}

/**
 * The instant at which the clocks of a zone show a time on a date. A time that comes twice, because clocks
 * are put back, is the first one; a time that is skipped is the first instant after the gap. So the times of
 * a day keep their order.
 * @param time local time of day, `hh:mm`
 * @throws TimeError when the date, the time or the zone is not valid
 */
export function timeOnDay(date: IsoDate, time: string, zone: string): IsoInstant {
  if (!TIME_OF_DAY.test(time))
    throw new TimeError(`${JSON.stringify(time)} is not a time of day written as hh:mm.`);
  const wanted = toPlainDate(date).toPlainDateTime(time);
  const found = wanted.toZonedDateTime(requireTimeZone(zone), { disambiguation: "earlier" });
  const shown = found.toPlainDateTime().equals(wanted);
  return toIsoInstant((shown ? found : (found.getTimeZoneTransition("next") ?? found)).toInstant());
}

/**
 * An instant plus an ISO 8601 duration, which may be negative. Years to days are counted on the calendar of
 * the zone, so the time of day stays across a change of clocks; hours and less are exact time.
 * @throws TimeError when an argument is not valid, or the result is outside 1970 to 9999
 */
export function addDuration(moment: IsoInstant, isoDuration: string, zone: string): IsoInstant {
  const duration = readDuration(isoDuration);
  if (!duration) {
    throw new TimeError(
      `${JSON.stringify(isoDuration)} is not an ISO 8601 duration such as "P1M" or "PT90M".`,
    );
  }
  const start = toInstant(moment).toZonedDateTimeISO(requireTimeZone(zone));
  return toIsoInstant(withinCalendar(() => start.add(duration).toInstant()));
}

/**
 * The instant of milliseconds since 1970-01-01T00:00Z.
 * @throws TimeError when they are not a whole number, or outside the years 1970 to 9999
 */
export function instantOfEpochMs(epochMs: number): IsoInstant {
  return toIsoInstant(fromEpochMs(epochMs));
}

function fromEpochMs(epochMs: number): Temporal.Instant {
  if (!Number.isSafeInteger(epochMs))
    throw new TimeError(`Epoch milliseconds must be whole, not ${String(epochMs)}.`);
  return withinCalendar(() => Temporal.Instant.fromEpochMilliseconds(epochMs));
}

function toInstant(text: string): Temporal.Instant {
  const instant = readInstant(text);
  if (!instant) {
    throw new TimeError(
      `${JSON.stringify(text)} is not an instant such as "2026-01-31T09:00:00Z", in the years 1970 to 9999.`,
    );
  }
  return instant;
}

function toIsoInstant(instant: Temporal.Instant): IsoInstant {
  if (!isInRange(instant)) {
    throw new TimeError(`The instant ${instant.toString()} is outside the years 1970 to 9999.`);
  }
  return instant.toString({ smallestUnit: "millisecond", roundingMode: "floor" });
}

function readInstant(text: string): Temporal.Instant | undefined {
  if (typeof text !== "string" || !INSTANT.test(text)) return undefined;
  try {
    const instant = Temporal.Instant.from(text);
    return isInRange(instant) ? instant : undefined;
  } catch {
    return undefined;
  }
}

function isInRange(instant: Temporal.Instant): boolean {
  return (
    Temporal.Instant.compare(instant, FIRST_INSTANT) >= 0 &&
    Temporal.Instant.compare(instant, END_INSTANT) < 0
  );
}

function readDuration(text: string): Temporal.Duration | undefined {
  if (typeof text !== "string" || !DURATION.test(text)) return undefined;
  try {
    return Temporal.Duration.from(text);
  } catch {
    return undefined;
  }
}

/** Writes an instant for people, in a zone: "25 November 2026 at 14:05 (Europe/Berlin)". */
export function displayInstant(instant: IsoInstant, zone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: zone });
  return `${format.format(new Date(instant))} (${zone})`;
}
