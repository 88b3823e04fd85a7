import { type IsoDate } from "./dates";
import { dayOf, instantOfEpochMs, parseIsoInstant, requireTimeZone, type IsoInstant } from "./instants";

/**
 * Business time: what billing takes for now. It may be moved by an operator who tests, unlike token
 * lifetimes.
 */
export interface Clock {
  /** The business moment, as UTC text with milliseconds. */
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
 * A clock that asks a function for business time: used when that is kept elsewhere, so that all processes
 * share it. `now` and `today` reject with what `readNow` rejects with, or with a TimeError when the answer is
 * no ISO instant.
 * @throws TimeError when the zone is unknown
 */
export function remoteClock(readNow: () => Promise<string>, zone: string): Clock {
  const now = async (): Promise<IsoInstant> => parseIsoInstant(await readNow());
  return { zone: requireTimeZone(zone), now, today: async () => dayOf(await now(), zone) };
}
