import type { EventTypeOf } from "../../../shared/contracts";
import { addDays, dayOf, timeOnDay, type IsoDate, type IsoInstant } from "../../../shared/time";

/** What happens every day, and when: `at` is a local time, hh:mm, in the billing zone. */
export interface Job {
  job: EventTypeOf<"cron">;
  at: string;
}

/** One job on one day: when it is due, and the local date it stands for. */
export interface Slot {
  job: Job["job"];
  slot: IsoInstant;
  as_of: IsoDate;
}

/** When a job is due on a date of the zone, as `timeOnDay` has it where clocks change. */
export function slotOn(date: IsoDate, { job, at }: Job, zone: string): Slot {
  return { job, slot: timeOnDay(date, at, zone), as_of: date };
}

/**
 * The last time that a job was due.
 * @param now the moment up to which, itself included
 */
export function latestSlot(job: Job, now: IsoInstant, zone: string): Slot {
  const today = dayOf(now, zone);
  const candidates = [...daysAround(today, today)].map((date) => slotOn(date, job, zone));
  const latest = candidates.findLast(({ slot }) => slot <= now);
  if (latest === undefined) throw new Error(`${job.job} was never due before ${now}`);
  return latest;
}

/** What the timetable last called for, the earliest first. */
export function latestSlots(timetable: readonly Job[], now: IsoInstant, zone: string): Slot[] {
  return inOrder(timetable.map((job) => latestSlot(job, now, zone)));
}

/**
 * All slots after `from`, up to and including `to`, in the order of time; those of one moment in the order of
 * the timetable. They come one by one, because to calculate those of ten years takes seconds.
 */
export function* slotsBetween(
  timetable: readonly Job[],
  from: IsoInstant,
  to: IsoInstant,
  zone: string,
): Generator<Slot> {
  for (const date of daysAround(dayOf(from, zone), dayOf(to, zone))) {
    for (const job of timetable) {
      const due = slotOn(date, job, zone);
      if (from < due.slot && due.slot <= to) yield due;
    }
  }
}

/**
 * The dates from the day before the first to the day after the last, because clocks may be put back or on
 * across midnight.
 */
function* daysAround(first: IsoDate, last: IsoDate): Generator<IsoDate> {
  for (let date = addDays(first, -1); date <= addDays(last, 1); date = addDays(date, 1)) yield date;
}

function inOrder(slots: Slot[]): Slot[] {
  return slots.toSorted((a, b) => (a.slot === b.slot ? 0 : a.slot < b.slot ? -1 : 1));
}
