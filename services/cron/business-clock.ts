import type { Config } from "../../shared/config/config";
import type { Knex } from "../../shared/db/open-database";
import { remoteClock, systemClock, type Clock } from "../../shared/time";
import { readMovedTo } from "./queries/clock-row";

/**
 * The source of business time. It is the system's time; with TEST_CLOCK, it stands still at the time it was
 * last moved to.
 */
export function businessClock({ config, db }: { config: Config; db: Knex }): Clock {
  const system = systemClock(config.billingTimezone);
  if (!config.testClock) return system;
  return remoteClock(async () => (await readMovedTo(db)) ?? (await system.now()), config.billingTimezone);
}
