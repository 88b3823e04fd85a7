import type { DeliveryKind } from "../../../shared/contracts/notifications";
import { addDays, type IsoDate } from "../../../shared/time";

export type ReminderKind = Extract<DeliveryKind, `reminder_${string}`>;

/** When customers are reminded: days after the due date, negative before it. */
export const STAGES: readonly { kind: ReminderKind; days: number }[] = [
  { kind: "reminder_due_soon", days: -3 },
  { kind: "reminder_due_today", days: 0 },
  { kind: "reminder_overdue", days: 1 },
  { kind: "reminder_overdue", days: 7 },
  { kind: "reminder_overdue", days: 14 },
  { kind: "reminder_overdue", days: 30 },
];

/**
 * How long after its last stage an invoice can still be reminded: so a long outage loses no last reminder.
 */
const GRACE_DAYS = 60;
const STAGE_DAYS = STAGES.map(({ days }) => days);

/** A reminder to send. `day` is the day of its stage, which may be before the day of the run. */
export interface Reminder {
  kind: ReminderKind;
  day: IsoDate;
}

/**
 * The reminder of an unpaid invoice on a day: its latest stage so far, whether or not earlier ones were sent.
 * Stages on or before the day of issue do not count, because the invoice itself has just been sent.
 * @returns undefined when no stage has been reached
 */
export function reminderFor(
  invoice: { issue_date: IsoDate; due_date: IsoDate },
  asOf: IsoDate,
): Reminder | undefined {
  return STAGES.map(({ kind, days }) => ({ kind, day: addDays(invoice.due_date, days) })).findLast(
    ({ day }) => day <= asOf && day > invoice.issue_date,
  );
}

/** The due dates of the invoices that can have a reminder on a day. */
export function dueDatesToRemind(asOf: IsoDate): { due_from: IsoDate; due_to: IsoDate } {
  return {
    due_from: addDays(asOf, -Math.max(...STAGE_DAYS) - GRACE_DAYS),
    due_to: addDays(asOf, -Math.min(...STAGE_DAYS)),
  };
}
