export { fakeClock, remoteClock, systemClock, type Clock, type FakeClock } from "./clock";
export { addDays, compareDates, displayDate, isIsoDate, parseIsoDate, type IsoDate } from "./dates";
export {
  addDuration,
  dayOf,
  instantOfEpochMs,
  isIsoInstant,
  isPositiveDuration,
  isTimeZone,
  parseIsoInstant,
  requireTimeZone,
  startOfDay,
  timeOnDay,
  type IsoInstant,
} from "./instants";
export {
  INTERVALS,
  period,
  periodIndexAt,
  periodsDue,
  periodStart,
  type Interval,
  type NumberedPeriod,
  type Period,
} from "./periods";
export { isoDate, isoDuration, isoInstant, timeZoneName } from "./schemas";
export { TimeError } from "./time-error";
