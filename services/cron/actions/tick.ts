import type { ActionHandler } from "../../../shared/service/service-env";
import { emitDueSlots } from "../emit-slots";

/** Emits what is due now; gives how many events that were. */
export const tick: ActionHandler<"cron.tick"> = async (env) => ({ emitted: await emitDueSlots(env) });
