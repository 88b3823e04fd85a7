/**
 * The proof has its own calendar, so that it cannot repeat a mistake of the product's. Days are `YYYY-MM-DD`
 * and local times `YYYY-MM-DDTHH:MM`: comparing the strings compares the times.
 */
export type Day = string;
export type LocalTime = string;

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function lengthOf(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_LENGTHS[month - 1] as number);
}

function parts(day: Day): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");
const format = (year: number, month: number, date: number): Day =>
  `${year}-${twoDigits(month)}-${twoDigits(date)}`;

/** The day that is `days` later, or earlier when `days` is negative. */
export function addDays(day: Day, days: number): Day {
  let [year, month, date] = parts(day);
  date += days;
  while (date > lengthOf(year, month)) {
    date -= lengthOf(year, month);
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
  }
  while (date < 1) {
    [year, month] = month === 1 ? [year - 1, 12] : [year, month - 1];
    date += lengthOf(year, month);
  }
  return format(year, month, date);
}

/** The same date `months` later, or the last day of that month when it has no such date. */
export function addMonths(day: Day, months: number): Day {
  const [year, month, date] = parts(day);
  const count = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(count / 12), (count % 12) + 1];
  return format(toYear, toMonth, Math.min(date, lengthOf(toYear, toMonth)));
}

/** The number of days from one day to a later one. */
export function daysBetween(from: Day, to: Day): number {
  let days = 0;
  for (let day = from; day < to; day = addDays(day, 1)) days += 1;
  return days;
}

export const dayOf = (time: LocalTime): Day => time.slice(0, 10);

/** A local time as an instant, for a zone without daylight saving. @param offset_min minutes ahead of UTC */
export function instantOf(time: LocalTime, offset_min: number): string {
  const minutes = Number(time.slice(11, 13)) * 60 + Number(time.slice(14, 16)) - offset_min;
  const day = addDays(dayOf(time), Math.floor(minutes / 1440));
  const rest = ((minutes % 1440) + 1440) % 1440;
  return `${day}T${twoDigits(Math.floor(rest / 60))}:${twoDigits(rest % 60)}:00.000Z`;
}

/** The slots of cron's timetable after `from`, up to and including `to`. */
export function slotsBetween(from: LocalTime, to: LocalTime): LocalTime[] {
  const slots: LocalTime[] = [];
  for (let day = dayOf(from); day <= dayOf(to); day = addDays(day, 1)) {
    slots.push(...["00:00", "00:05", "00:30", "09:00"].map((time) => `${day}T${time}`));
  }
  return slots.filter((slot) => from < slot && slot <= to);
}
