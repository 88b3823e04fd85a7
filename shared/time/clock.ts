import { addDays, type IsoDate } from "./dates";
import {
  dayOf,
  instantOfEpochMs,
  parseIsoInstant,
  requireTimeZone,
  startOfDay,
  type IsoInstant,
} from "./instants";

/** Business time: the time of billing. Staff can move it in tests; tokens live by the wall clock. */
export interface Clock {
  /** The business time, as UTC text with milliseconds. */
  now(): Promise<IsoInstant>;
  /** The business date in the billing zone. */
  today(): Promise<IsoDate>;
  /** The billing zone, an IANA name. */
  readonly zone: string;
}

/**
 * The clock of this machine. It knows the day until that ends, because requests ask for it: to find a date in
 * a zone takes 100 µs.
 * @throws TimeError when the zone is unknown
 */
export function systemClock(zone: string): Clock {
  let day = { date: "", begins_ms: 0, ends_ms: 0 };
  const today = (now_ms: number): IsoDate => {
    if (now_ms < day.begins_ms || now_ms >= day.ends_ms) {
      const date = dayOf(now_ms, zone);
      const [begins_ms, ends_ms] = [date, addDays(date, 1)].map((each) => Date.parse(startOfDay(each, zone)));
      day = { date, begins_ms: begins_ms ?? 0, ends_ms: ends_ms ?? 0 };
    }
    return day.date;
  };
  return {
    zone: requireTimeZone(zone),
    now: () => Promise.resolve(instantOfEpochMs(Date.now())),
    today: () => Promise.resolve(today(Date.now())),
  };
}

/**
 * A clock that reads business time from a function, so that all processes can share one. `now` and `today`
 * reject as `readNow` does, or with a TimeError when the answer is not an ISO instant.
 * @throws TimeError when the zone is unknown
 */
export function remoteClock(readNow: () => Promise<string>, zone: string): Clock {
  const now = async (): Promise<IsoInstant> => parseIsoInstant(await readNow());
  return { zone: requireTimeZone(zone), now, today: async () => dayOf(await now(), zone) };
}
