import { defineService } from "../../shared/service/define-service";
import { getClock } from "./actions/get-clock";
import { moveClock } from "./actions/move-clock";
import { tick } from "./actions/tick";
import { businessClock } from "./business-clock";
import { emitDueSlots } from "./emit-slots";
import { readMovedTo } from "./queries/clock-row";
import { ticker } from "./ticker";

export default defineService("cron", {
  actions: { getClock, moveClock, tick },
  clock: businessClock,
  mixins: [ticker],
  started: async (env) => {
    const movedTo = env.config.testClock ? undefined : await readMovedTo(env.db);
    if (movedTo !== undefined) {
      env.log.warn(
        `the test clock was moved to ${movedTo}; without TEST_CLOCK=true, now is the system's time again`,
      );
    }
    await emitDueSlots(env);
  },
});
