import type { ActionHandler } from "../../../shared/service/service-env";
import { readClock } from "../read-clock";

/** What business time is at this moment. */
export const getClock: ActionHandler<"cron.getClock"> = (env) => readClock(env);
