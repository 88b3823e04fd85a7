import { consume } from "../../../shared/events/consumer";
import { queueRequestedRuns } from "../queries/reminder-runs";

/** Queues the runs that staff started. `reminders.planned` answers each of them. */
export const onRemindersRequested = consume("billing_run.reminders_requested", (trx, events) =>
  queueRequestedRuns(
    trx,
    events.map(({ payload }) => payload),
  ),
);
