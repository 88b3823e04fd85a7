import type { SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import {
  addDays,
  period,
  periodIndexAt,
  type Interval,
  type IsoDate,
  type Period,
} from "../../../shared/time";

/** The fields of a subscription that decide its periods. */
export interface Terms {
  status: SubscriptionStatus;
  start_date: IsoDate;
  end_date: IsoDate | null;
  trial_days: number;
  interval: Interval;
  interval_count: number;
}

/** Whether a subscription in this state covers any day from now on. */
const IS_COVERED: Record<SubscriptionStatus, boolean> = { active: true, cancelled: false, expired: false };

/**
 * The period that a day is in. Billed periods are counted from the end of the trial; the trial is a period of
 * its own.
 * @param today a day in the billing zone
 * @returns undefined when the day is not covered: before the start, from the end on, and when the
 *   subscription is not active
 */
export function currentPeriod(terms: Terms, today: IsoDate): Period | undefined {
  const { status, start_date, end_date, trial_days, interval, interval_count } = terms;
  if (!IS_COVERED[status] || today < start_date || (end_date !== null && today >= end_date)) return undefined;
  const anchor = addDays(start_date, trial_days);
  if (today < anchor) return { start: start_date, end: anchor };
  return period(anchor, interval, interval_count, periodIndexAt(anchor, interval, interval_count, today));
}
