import type { Job } from "./domain/slots";

/** When each event is due, in BILLING_TIMEZONE. The order is that of the day. */
const TIMES: Record<Job["job"], string> = {
  "billing.day_started": "00:00",
  "billing.invoices_due": "00:05",
  "billing.overdue_due": "00:30",
  "billing.reminders_due": "09:00",
};

/**
 * The billing day. Each job is an event with the date that it stands for, `as_of`. The minutes between the
 * first three let one finish before the next. None depends on that: each run also does what an earlier one
 * left.
 */
export const TIMETABLE = Object.entries(TIMES).map(([job, at]) => ({ job, at })) as readonly Job[];
