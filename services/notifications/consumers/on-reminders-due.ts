import { consume } from "../../../shared/events/consumer";
import { queueDailyRun } from "../queries/reminder-runs";

/** Queues a run for the day's reminders; for several days at once, only one for the latest. */
export const onRemindersDue = consume("billing.reminders_due", async (trx, events) => {
  const latest = events
    .map(({ payload }) => payload.as_of)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .at(-1);
  if (latest !== undefined) await queueDailyRun(trx, latest);
});
