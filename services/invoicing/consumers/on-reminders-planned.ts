import { consume } from "../../../shared/events/consumer";
import { finishRun } from "../queries/billing-runs";

/** Ends the run by which a staff member asked for reminders; the timetable's own reminders have no run. */
export const onRemindersPlanned = consume("reminders.planned", async (trx, events) => {
  for (const { payload } of events) {
    if (payload.run_id === null) continue;
    await finishRun(trx, payload.run_id, "done", "notifications", { counts: { reminded: payload.reminded } });
  }
});
