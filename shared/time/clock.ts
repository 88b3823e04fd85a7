import { type IsoDate } from "./dates";
import { dayOf, instantOfEpochMs, parseIsoInstant, requireTimeZone, type IsoInstant } from "./instants";

/** Business time: the time of billing. Staff can move it in tests; tokens live by the wall clock. */
export interface Clock {
  /** The business time, as UTC text with milliseconds. */
  now(): Promise<IsoInstant>;
  /** The business date in the billing zone. */
  today(): Promise<IsoDate>;
  /** The billing zone, an IANA name. */
  readonly zone: string;
}

/** The clock of this machine. @throws TimeError when the zone is unknown */
export function systemClock(zone: string): Clock {
  return remoteClock(() => Promise.resolve(instantOfEpochMs(Date.now())), zone);
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
