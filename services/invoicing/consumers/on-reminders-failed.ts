import { consume } from "../../../shared/events/consumer";
import { finishRun } from "../queries/billing-runs";

/** Fails the run by which a staff member asked for reminders; the timetable's own reminders have no run. */
export const onRemindersFailed = consume("reminders.failed", async (trx, events) => {
  for (const { payload } of events) {
    if (payload.run_id === null) continue;
    await finishRun(trx, payload.run_id, "failed", "notifications", { error: payload.error });
  }
});
