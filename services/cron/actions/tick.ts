import type { ActionHandler } from "../../../shared/service/service-env";
import { emitDueSlots } from "../emit-slots";

/** Emits the events that are due; gives how many. */
export const tick: ActionHandler<"cron.tick"> = async (env) => ({ emitted: await emitDueSlots(env) });
