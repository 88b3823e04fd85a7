import type { Config } from "../../shared/config/config";
import type { Knex } from "../../shared/db/open-database";
import { remoteClock, systemClock, type Clock } from "../../shared/time";
import { readMovedTo } from "./queries/clock-row";

/**
 * Business time at its source. Where TEST_CLOCK allows it, the clock stands where it was last moved to, until
 * it is moved again; before the first move, and everywhere else, it is the system's.
 */
export function businessClock({ config, db }: { config: Config; db: Knex }): Clock {
  const system = systemClock(config.billingTimezone);
  if (!config.testClock) return system;
  return remoteClock(async () => (await readMovedTo(db)) ?? (await system.now()), config.billingTimezone);
}
