import { stateMachine } from "../../../shared/states";

export type ReminderRunStatus = "queued" | "done";

/** A run is done when the reminders for all its invoices are queued. */
export const reminderRunStates = stateMachine<ReminderRunStatus>({ queued: ["done"], done: [] });
