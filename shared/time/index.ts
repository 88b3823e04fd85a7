export { remoteClock, systemClock, type Clock } from "./clock";
export { addDays, displayDate, type IsoDate } from "./dates";
export {
  addDuration,
  ALWAYS,
  dayOf,
  instantOfEpochMs,
  isPositiveDuration,
  isTimeZone,
  parseIsoInstant,
  requireTimeZone,
  timeOnDay,
  type IsoInstant,
} from "./instants";
export { INTERVALS, period, periodIndexAt, periodStart, type Interval, type Period } from "./periods";
export { isoDate } from "./schemas";
export { TimeError } from "./time-error";
