import { stateMachine } from "../../../shared/states";

export type ReminderRunStatus = "queued" | "done" | "failed";

/** A run is done when the reminders for all its invoices are queued, and failed when it cannot go on. */
export const reminderRunStates = stateMachine<ReminderRunStatus>({
  queued: ["done", "failed"],
  done: [],
  failed: [],
});
