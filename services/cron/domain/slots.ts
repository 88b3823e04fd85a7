import type { EventTypeOf } from "../../../shared/contracts";
import { addDays, dayOf, timeOnDay, type IsoDate, type IsoInstant } from "../../../shared/time";

/** An event that is due every day. `at` is the local time in the billing zone, hh:mm. */
export interface Job {
  job: EventTypeOf<"cron">;
  at: string;
}

/** One job on one day: when it is due, and the local date that it stands for. */
export interface Slot {
  job: Job["job"];
  slot: IsoInstant;
  as_of: IsoDate;
}

/** When a job is due on a date in the zone. `timeOnDay` says what a change of clocks does to it. */
export function slotOn(date: IsoDate, { job, at }: Job, zone: string): Slot {
  return { job, slot: timeOnDay(date, at, zone), as_of: date };
}

/**
 * The latest slot of a job.
 * @param now a slot at exactly this moment counts
 */
export function latestSlot(job: Job, now: IsoInstant, zone: string): Slot {
  const today = dayOf(now, zone);
  const candidates = [...daysAround(today, today)].map((date) => slotOn(date, job, zone));
  const latest = candidates.findLast(({ slot }) => slot <= now);
  if (latest === undefined) throw new Error(`${job.job} was never due before ${now}`);
  return latest;
}

/** The latest slot of each job, the earliest first. */
export function latestSlots(timetable: readonly Job[], now: IsoInstant, zone: string): Slot[] {
  return inOrder(timetable.map((job) => latestSlot(job, now, zone)));
}

/**
 * All slots after `from`, up to and including `to`, in order of time; slots of the same moment are in the
 * order of the timetable. A generator, because calculating ten years of them takes seconds.
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

/** The dates from the day before the first to the day after the last: clocks can change across midnight. */
function* daysAround(first: IsoDate, last: IsoDate): Generator<IsoDate> {
  for (let date = addDays(first, -1); date <= addDays(last, 1); date = addDays(date, 1)) yield date;
}

function inOrder(slots: Slot[]): Slot[] {
  return slots.toSorted((a, b) => (a.slot === b.slot ? 0 : a.slot < b.slot ? -1 : 1));
}
