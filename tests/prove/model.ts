import { addDays, addMonths, dayOf, type Day, type LocalTime } from "./calendar";

/** A plan of the story; `amount` is its first price, in minor units. */
export interface Plan {
  name: string;
  amount: number;
  currency: string;
  interval: "day" | "week" | "month" | "year";
  count: number;
  trialDays: number;
  /** further parts of its price: the amount of one, in minor units, and whether seats multiply it */
  parts?: { item: string; amount: number; perSeat: boolean }[];
}

/**
 * When a subscription is cancelled: on a day on which a period starts, before or after billing, or on
 * another.
 */
export type CancelTiming = "before_billing" | "after_billing" | "between_periods";

/** One subscription of the story, from its start to its end. */
export interface Subscription {
  /** its place in the story's list */
  index: number;
  /** which customer; one who comes back has several subscriptions */
  user: number;
  /** its plan's place in the story's list */
  plan: number;
  subscribedAt: LocalTime;
  start: Day;
  end: Day | null;
  /** how many, if its plan charges for them */
  seats: number;
  cancelled: { at: LocalTime; timing: CancelTiming } | null;
}

/** A plan's new price, in minor units, and when it takes effect. */
export interface PriceChange {
  plan: number;
  at: LocalTime;
  amount: number;
}

/** The invoice that one period must have. */
export interface ExpectedInvoice {
  subscription: number;
  periodStart: Day;
  periodEnd: Day;
  amount: number;
  currency: string;
}

type Terms = Pick<Plan, "interval" | "count" | "trialDays">;

/**
 * Where period n begins. It is counted from the first one, so that a short month does not shift later
 * periods.
 */
export function periodStart(start: Day, { interval, count, trialDays }: Terms, n: number): Day {
  const anchor = addDays(start, trialDays);
  if (interval === "day") return addDays(anchor, n * count);
  if (interval === "week") return addDays(anchor, n * count * 7);
  return addMonths(anchor, n * count * (interval === "year" ? 12 : 1));
}

/** The days on which a subscription's periods start, up to and including a day. */
export function periodStarts(start: Day, terms: Terms, upTo: Day): Day[] {
  const starts: Day[] = [];
  for (let n = 0; periodStart(start, terms, n) <= upTo; n++) starts.push(periodStart(start, terms, n));
  return starts;
}

/**
 * The first day that a subscription does not cover, and whether a period that starts on it was still billed.
 */
function endOf({ start, end, cancelled }: Subscription): { end: Day | null; billed: boolean } {
  if (cancelled === null) return { end, billed: false };
  const day = dayOf(cancelled.at) < start ? start : dayOf(cancelled.at);
  if (end !== null && end < day) return { end, billed: false };
  return { end: day, billed: cancelled.timing === "after_billing" };
}

/** The `end_date` that a subscription has when the story is over. */
export const endDateOf = (subscription: Subscription): Day | null => endOf(subscription).end;

/**
 * The price of a period: the price at its start, or at the moment of subscribing if that was later.
 * @param changes in order of time
 */
function priceOf(
  subscription: Subscription,
  plan: Plan,
  start: Day,
  changes: readonly PriceChange[],
): number {
  const startOfDay = `${start}T00:00`;
  const at = subscription.subscribedAt > startOfDay ? subscription.subscribedAt : startOfDay;
  const applies = (change: PriceChange) => change.plan === subscription.plan && change.at <= at;
  let sum = changes.findLast(applies)?.amount ?? plan.amount;
  for (const { amount, perSeat } of plan.parts ?? []) sum += perSeat ? amount * subscription.seats : amount;
  return sum;
}

/** Exactly the invoices that must exist at the end of the last day. */
export function expectedInvoices(
  story: {
    subscriptions: readonly Subscription[];
    plans: readonly Plan[];
    priceChanges: readonly PriceChange[];
  },
  lastDay: Day,
): ExpectedInvoice[] {
  return story.subscriptions.flatMap((subscription) => {
    const plan = story.plans[subscription.plan] as Plan;
    const { end, billed } = endOf(subscription);
    const starts = periodStarts(subscription.start, plan, lastDay);
    return starts.flatMap((start, n) => {
      const covered = end === null || start < end || (billed && start === end);
      if (!covered) return [];
      return [
        {
          subscription: subscription.index,
          periodStart: start,
          periodEnd: periodStart(subscription.start, plan, n + 1),
          amount: priceOf(subscription, plan, start, story.priceChanges),
          currency: plan.currency,
        },
      ];
    });
  });
}
