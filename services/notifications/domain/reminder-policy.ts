import type { DeliveryKind } from "../../../shared/contracts/notifications";
import { addDays, type IsoDate } from "../../../shared/time";

export type ReminderKind = Extract<DeliveryKind, `reminder_${string}`>;

/** When an unpaid invoice's customer is reminded: days after the due date, negative before it. */
export const STAGES: readonly { kind: ReminderKind; days: number }[] = [
  { kind: "reminder_due_soon", days: -3 },
  { kind: "reminder_due_today", days: 0 },
  { kind: "reminder_overdue", days: 1 },
  { kind: "reminder_overdue", days: 7 },
  { kind: "reminder_overdue", days: 14 },
  { kind: "reminder_overdue", days: 30 },
];

/**
 * For how long after its last stage an invoice is still looked at, so that an outage of two months loses no
 * last reminder.
 */
const GRACE_DAYS = 60;
const STAGE_DAYS = STAGES.map(({ days }) => days);

/**
 * A reminder that is called for; `day` is the one that its stage falls on, which may be before the day of the
 * run.
 */
export interface Reminder {
  kind: ReminderKind;
  day: IsoDate;
}

/**
 * The reminder that an unpaid invoice calls for on a day: the latest stage reached, whether or not earlier
 * ones were sent. A stage that lies on or before the day of issue is left out: the invoice itself has just
 * said the same.
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

/** The due dates of the invoices that can call for a reminder on a day. */
export function dueDatesToRemind(asOf: IsoDate): { due_from: IsoDate; due_to: IsoDate } {
  return {
    due_from: addDays(asOf, -Math.max(...STAGE_DAYS) - GRACE_DAYS),
    due_to: addDays(asOf, -Math.min(...STAGE_DAYS)),
  };
}
