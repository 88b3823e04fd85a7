import { consume } from "../../../shared/events/consumer";
import { queueRequestedRuns } from "../queries/reminder-runs";

/** Lets a worker plan what staff asked for; each request is answered by `reminders.planned`. */
export const onRemindersRequested = consume("billing_run.reminders_requested", (trx, events) =>
  queueRequestedRuns(
    trx,
    events.map(({ payload }) => payload),
  ),
);
