import { addDays, addMonths, dayOf, type Day, type LocalTime } from "./calendar";

/** A plan as the story has it. */
export interface PlanPlot {
  name: string;
  amount: number;
  currency: string;
  interval: "day" | "week" | "month" | "year";
  count: number;
  trialDays: number;
}

/**
 * When a subscription is cancelled, seen from a day on which one of its periods starts: before billing, after
 * it, on no such day.
 */
export type CancelKind = "early" | "late" | "quiet";

/** One subscription from beginning to end, as it was planned and carried out. */
export interface Life {
  index: number;
  user: number;
  plan: number;
  subscribedAt: LocalTime;
  start: Day;
  end: Day | null;
  cancelled: { at: LocalTime; kind: CancelKind } | null;
}

/** A new price of a plan and the moment from which it is in force. */
export interface PriceChange {
  plan: number;
  at: LocalTime;
  amount: number;
}

/** What the books must hold about one period. */
export interface ExpectedInvoice {
  life: number;
  periodStart: Day;
  periodEnd: Day;
  amount: number;
  currency: string;
}

type Terms = Pick<PlanPlot, "interval" | "count" | "trialDays">;

/** Where period n begins: always counted from the anchor, so that a short month shortens no later one. */
export function periodStart(start: Day, { interval, count, trialDays }: Terms, n: number): Day {
  const anchor = addDays(start, trialDays);
  if (interval === "day") return addDays(anchor, n * count);
  if (interval === "week") return addDays(anchor, n * count * 7);
  return addMonths(anchor, n * count * (interval === "year" ? 12 : 1));
}

/** The days on which a subscription's periods start, up to a day, that day included. */
export function periodStarts(start: Day, terms: Terms, upTo: Day): Day[] {
  const starts: Day[] = [];
  for (let n = 0; periodStart(start, terms, n) <= upTo; n++) starts.push(periodStart(start, terms, n));
  return starts;
}

/**
 * The first day that a life does not cover, and whether the period that starts on it was billed all the same.
 */
function endOf({ start, end, cancelled }: Life): { end: Day | null; billed: boolean } {
  if (cancelled === null) return { end, billed: false };
  const day = dayOf(cancelled.at) < start ? start : dayOf(cancelled.at);
  return end !== null && end < day ? { end, billed: false } : { end: day, billed: cancelled.kind === "late" };
}

/** The end_date that a subscription has when all is over. */
export const endDateOf = (life: Life): Day | null => endOf(life).end;

/**
 * The price of a period: the one in force when it starts, or when the customer subscribed if that was later.
 * Changes are in the order in which they were made.
 */
function priceOf(life: Life, plan: PlanPlot, start: Day, changes: readonly PriceChange[]): number {
  const startOfDay = `${start}T00:00`;
  const at = life.subscribedAt > startOfDay ? life.subscribedAt : startOfDay;
  return changes.findLast((change) => change.plan === life.plan && change.at <= at)?.amount ?? plan.amount;
}

/** Every invoice that must exist at the end of the last day, and none beside them. */
export function expectedInvoices(
  story: { lives: readonly Life[]; plans: readonly PlanPlot[]; prices: readonly PriceChange[] },
  lastDay: Day,
): ExpectedInvoice[] {
  return story.lives.flatMap((life) => {
    const plan = story.plans[life.plan] as PlanPlot;
    const { end, billed } = endOf(life);
    const starts = periodStarts(life.start, plan, lastDay);
    return starts.flatMap((start, n) => {
      const covered = end === null || start < end || (billed && start === end);
      if (!covered) return [];
      return [
        {
          life: life.index,
          periodStart: start,
          periodEnd: periodStart(life.start, plan, n + 1),
          amount: priceOf(life, plan, start, story.prices),
          currency: plan.currency,
        },
      ];
    });
  });
}
