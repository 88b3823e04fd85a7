import type { ActionHandler } from "../../../shared/service/service-env";
import { readClock } from "../read-clock";

/** Gives business time. */
export const getClock: ActionHandler<"cron.getClock"> = (env) => readClock(env);
