import { defineService } from "../../shared/service/define-service";
import { getClock } from "./actions/get-clock";
import { moveClock } from "./actions/move-clock";
import { tick } from "./actions/tick";
import { businessClock } from "./business-clock";
import { emitDueSlots } from "./emit-slots";
import { ticker } from "./ticker";

export default defineService("cron", {
  actions: { getClock, moveClock, tick },
  clock: businessClock,
  mixins: [ticker],
  started: async (env) => {
    await emitDueSlots(env);
  },
});
