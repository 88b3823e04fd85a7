export { remoteClock, systemClock, type Clock } from "./clock";
export { addDays, displayDate, type IsoDate } from "./dates";
export {
  addDuration,
  ALWAYS,
  dayOf,
  displayInstant,
  endOfDay,
  firstDayFrom,
  instantOfEpochMs,
  isPositiveDuration,
  isTimeZone,
  parseIsoInstant,
  requireTimeZone,
  startOfDay,
  timeOnDay,
  utcOffset_min,
  type IsoInstant,
} from "./instants";
export { INTERVALS, period, periodIndexAt, periodStart, type Interval, type Period } from "./periods";
export { isoDate } from "./schemas";
export { TimeError } from "./time-error";
