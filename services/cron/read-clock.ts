import type { ServiceEnv } from "../../shared/service/service-env";
import type { ResultOf } from "../../shared/contracts";
import { dayOf } from "../../shared/time";
import { readMovedTo } from "./queries/clock-row";

/** Business time: `now` is an instant in UTC, `today` the date in the billing zone. */
export async function readClock({ clock, config, db }: ServiceEnv): Promise<ResultOf<"cron.getClock">> {
  const moved = config.testClock && (await readMovedTo(db)) !== undefined;
  const now = await clock.now();
  return { now, today: dayOf(now, clock.zone), zone: clock.zone, moved };
}
