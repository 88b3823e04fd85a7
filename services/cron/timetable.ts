import type { Job } from "./domain/slots";

/**
 * The billing day, in its order and in BILLING_TIMEZONE. Each job is an event of that name with the day it
 * stands for, `as_of`. The minutes between the first three let one be done before the next; none relies on
 * it, for each run takes up what an earlier one left.
 */
export const TIMETABLE: readonly Job[] = [
  { job: "billing.day_started", at: "00:00" },
  { job: "billing.invoices_due", at: "00:05" },
  { job: "billing.overdue_due", at: "00:30" },
  { job: "billing.reminders_due", at: "09:00" },
];
