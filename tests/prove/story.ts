import { addDays, addMonths, dayOf, daysBetween, type Day, type LocalTime } from "./calendar";
import { planFaults, type Fault } from "./faults";
import {
  endDateOf,
  periodStarts,
  type CancelTiming,
  type Plan,
  type PriceChange,
  type Subscription,
} from "./model";
import { Random } from "./random";

/** How long a story is, and how many faults it has. */
export interface Scale {
  months: number;
  subscriptions: number;
  /** faults that last seconds: processes killed or frozen, NATS stopped */
  outages: number;
  /** the probability that a step has one more small fault, from 0 to below 1 */
  faultRate: number;
}

/** Something that a customer or a member of staff does. */
export type Action =
  | { kind: "subscribe"; subscription: number }
  | { kind: "cancel"; subscription: number }
  | { kind: "change_price"; plan: number; amount: number }
  | { kind: "charge"; subscription: number; amount: number }
  | {
      kind: "pay";
      subscription: number;
      card: "pm_card_visa" | "pm_card_chargeDeclinedInsufficientFunds";
      confirm: boolean;
    };

/**
 * How business time advances: `moved` by the product, which finishes each slot before the next; `ticked` from
 * slot to slot, whether or not the last one is finished; `jumped` over all slots, as after an outage of cron.
 */
export type ClockMode = "moved" | "ticked" | "jumped";

/**
 * A step of the story: business time advances to `at`, then all actions run at once, with faults in both
 * phases.
 */
export interface Step {
  at: LocalTime;
  clock: ClockMode;
  actions: Action[];
  faults: Fault[];
}

export interface Story {
  seed: number;
  zone: { name: string; offset_min: number };
  firstMoment: LocalTime;
  lastMoment: LocalTime;
  plans: Plan[];
  subscriptions: Subscription[];
  priceChanges: PriceChange[];
  steps: Step[];
}

/** Zones without daylight saving, on both sides of UTC. */
const ZONES = [
  { name: "UTC", offset_min: 0 },
  { name: "Asia/Kolkata", offset_min: 330 },
  { name: "Pacific/Kiritimati", offset_min: 840 },
  { name: "Pacific/Honolulu", offset_min: -600 },
];

const PLANS: Plan[] = [
  { name: "Monthly", amount: 1990, currency: "usd", interval: "month", count: 1, trialDays: 0 },
  { name: "Monthly, yen", amount: 1000, currency: "jpy", interval: "month", count: 1, trialDays: 0 },
  { name: "Monthly, dinar", amount: 12_340, currency: "kwd", interval: "month", count: 1, trialDays: 0 },
  {
    name: "Two months",
    amount: 3500,
    currency: "eur",
    interval: "month",
    count: 2,
    trialDays: 0,
    parts: [
      { item: "seats", amount: 1111, perSeat: true },
      { item: "support", amount: 250, perSeat: false },
    ],
  },
  { name: "Yearly", amount: 49_900, currency: "usd", interval: "year", count: 1, trialDays: 0 },
  { name: "Weekly", amount: 500, currency: "usd", interval: "week", count: 1, trialDays: 0 },
  { name: "Five days", amount: 150, currency: "eur", interval: "day", count: 5, trialDays: 0 },
  { name: "Trial", amount: 2900, currency: "usd", interval: "month", count: 1, trialDays: 10 },
  { name: "Free", amount: 0, currency: "usd", interval: "month", count: 1, trialDays: 0 },
];
const FREE = PLANS.length - 1;
/** Start dates that do not exist in every month or year. */
const MONTH_ENDS: Day[] = [
  "2031-08-31",
  "2031-10-31",
  "2031-11-30",
  "2031-12-29",
  "2031-12-30",
  "2031-12-31",
];
const LEAP_DAY: Day = "2028-02-29";
/** The story ends soon after a leap day. */
const ENDING: Day = "2032-03-01";
const LONGEST_PAUSE_DAYS = 6;
/** The quicker a mode is, the more often it is used. */
const CLOCK_MODES: ClockMode[] = ["moved", "ticked", "ticked", "jumped", "jumped"];

/** Makes a story from a seed: the same seed gives the same story. */
export function makeStory(seed: number, scale: Scale): Story {
  const random = new Random(seed);
  const lastDay = addDays(ENDING, random.integer(0, 4));
  const firstDay = addMonths(addDays(ENDING, random.integer(-2, 2)), -scale.months);
  const firstMoment = `${firstDay}T10:00`;
  const lastMoment = `${lastDay}T15:00`;
  const zone = random.pick(ZONES);
  const subscriptions = makeSubscriptions(random, scale.subscriptions, firstDay, lastDay);
  const priceChanges = makePriceChanges(random, scale.months, subscriptions, firstDay, lastDay);
  const steps = makeSteps(random, { subscriptions, priceChanges, firstDay, lastDay, lastMoment });
  planFaults(random, steps, scale);
  return { seed, zone, firstMoment, lastMoment, plans: PLANS, subscriptions, priceChanges, steps };
}

/** Half subscribe on the first day, the others later, several on one day. Some customers come back. */
function makeSubscriptions(random: Random, count: number, firstDay: Day, lastDay: Day): Subscription[] {
  const length = daysBetween(firstDay, lastDay);
  const later = Array.from({ length: Math.ceil(count / 8) }, () =>
    addDays(firstDay, random.integer(1, length - 1)),
  );
  const subscriptions: Subscription[] = [];
  for (let index = 0; index < count; index++) {
    const atOnce = index < count / 2;
    const subscribedAt = atOnce ? `${firstDay}T10:00` : `${random.pick(later)}T12:00`;
    const back = random.chance(0.3) ? comeBack(random, subscriptions, lastDay) : undefined;
    subscriptions.push(
      makeSubscription(random, { index, lastDay, ...(back ?? { user: index, subscribedAt }) }),
    );
  }
  return subscriptions;
}

/** A customer who has cancelled, and when they subscribe again; undefined when there is none. */
function comeBack(
  random: Random,
  subscriptions: Subscription[],
  lastDay: Day,
): Pick<Subscription, "user" | "subscribedAt"> | undefined {
  const latest = subscriptions.filter(
    ({ user, index }) => !subscriptions.some((other) => other.user === user && other.index > index),
  );
  const left = latest.find(
    ({ cancelled }) => cancelled !== null && dayOf(cancelled.at) < addDays(lastDay, -2),
  );
  if (left === undefined || left.cancelled === null) return undefined;
  return {
    user: left.user,
    subscribedAt: `${addDays(dayOf(left.cancelled.at), random.integer(1, 2))}T12:00`,
  };
}

function makeSubscription(
  random: Random,
  {
    index,
    user,
    subscribedAt,
    lastDay,
  }: { index: number; user: number; subscribedAt: LocalTime; lastDay: Day },
): Subscription {
  const today = dayOf(subscribedAt);
  const plan = random.chance(0.5) ? random.integer(0, 4) : random.integer(0, PLANS.length - 1);
  const start = makeStart(random, plan, today);
  const from = start > today ? start : today;
  const end = random.chance(0.2) ? addDays(from, random.integer(1, 60)) : null;
  const seats = random.integer(0, 5);
  const subscription: Subscription = { index, user, plan, subscribedAt, start, end, seats, cancelled: null };
  if (!random.chance(0.4)) return subscription;
  return { ...subscription, cancelled: makeCancel(random, subscription, lastDay) };
}

function makeStart(random: Random, plan: number, today: Day): Day {
  const { interval } = PLANS[plan] as Plan;
  const dice = random.fraction();
  if (dice < 0.45) return today;
  if (dice < 0.6) return addDays(today, random.integer(1, 20));
  if (interval === "year" && random.chance(0.6)) return LEAP_DAY;
  const ends = MONTH_ENDS.filter((day) => day < today);
  return interval === "month" && ends.length > 0 ? random.pick(ends) : addDays(today, -random.integer(1, 25));
}

/** The minute of a cancellation decides what must be billed, so that the system's speed never does. */
function makeCancel(
  random: Random,
  { subscribedAt, start, end, plan }: Subscription,
  lastDay: Day,
): Subscription["cancelled"] {
  const created = dayOf(subscribedAt);
  const possible = (day: Day) => day > created && day < lastDay && (end === null || day < end);
  const boundaries = periodStarts(start, PLANS[plan] as Plan, lastDay);
  const timing: CancelTiming = random.pick(["before_billing", "after_billing", "between_periods"]);
  const days = Array.from({ length: daysBetween(created, lastDay) }, (_, n) => addDays(created, n + 1));
  const candidates =
    timing === "between_periods" ? days.filter((day) => !boundaries.includes(day)) : boundaries;
  const day = candidates.filter(possible);
  if (day.length === 0) return null;
  return { at: `${random.pick(day)}T${timing === "before_billing" ? "00:02" : "13:30"}`, timing };
}

/**
 * Prices change at 11:00 or right before midnight, often when a period starts, never when somebody
 * subscribes.
 */
function makePriceChanges(
  random: Random,
  months: number,
  subscriptions: Subscription[],
  firstDay: Day,
  lastDay: Day,
): PriceChange[] {
  const boundaries = subscriptions
    .filter(({ plan }) => plan !== FREE)
    .flatMap(({ plan, start }) =>
      periodStarts(start, PLANS[plan] as Plan, addDays(lastDay, -1))
        .filter((day) => day > addDays(firstDay, 1))
        .map((day) => ({ plan, day })),
    );
  const anyDay = () => ({
    plan: random.integer(0, FREE - 1),
    day: addDays(firstDay, random.integer(1, daysBetween(firstDay, lastDay) - 1)),
  });
  const changes = Array.from({ length: months * 5 }, () => {
    const { plan, day } = boundaries.length > 0 && random.chance(0.7) ? random.pick(boundaries) : anyDay();
    const amount = (PLANS[plan] as Plan).amount + random.integer(1, 60) * 10;
    return { plan, at: random.chance(0.4) ? `${day}T11:00` : `${addDays(day, -1)}T23:59`, amount };
  });
  const once = new Map(changes.map((change) => [`${change.plan} ${change.at}`, change]));
  return [...once.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

interface Timeline {
  subscriptions: Subscription[];
  priceChanges: PriceChange[];
  firstDay: Day;
  lastDay: Day;
  lastMoment: LocalTime;
}

function makeSteps(random: Random, timeline: Timeline): Step[] {
  const { subscriptions, priceChanges, firstDay, lastDay, lastMoment } = timeline;
  const actions = new Map<LocalTime, Action[]>();
  const add = (at: LocalTime, ...more: Action[]) => actions.set(at, [...(actions.get(at) ?? []), ...more]);
  for (const { index, subscribedAt, cancelled } of subscriptions) {
    add(subscribedAt, { kind: "subscribe", subscription: index });
    if (cancelled !== null) add(cancelled.at, { kind: "cancel", subscription: index });
  }
  for (const { plan, at, amount } of priceChanges) add(at, { kind: "change_price", plan, amount });
  for (let day = firstDay; day < lastDay; day = addDays(day, random.integer(2, LONGEST_PAUSE_DAYS))) {
    const payers = subscriptions.filter((subscription) => hasInvoices(subscription, day));
    add(`${day}T14:00`, ...makePayments(random, payers));
    if (payers.length > 0 && random.chance(0.7)) {
      const { index } = random.pick(payers);
      add(`${day}T14:00`, { kind: "charge", subscription: index, amount: random.integer(1, 90) * 10 });
    }
  }
  add(lastMoment);
  return [...actions.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([at, its]) => ({ at, clock: random.pick(CLOCK_MODES), actions: its, faults: [] }));
}

const hasInvoices = (subscription: Subscription, day: Day): boolean =>
  dayOf(subscription.subscribedAt) <= day &&
  subscription.plan !== FREE &&
  endDateOf(subscription) !== subscription.start;

function makePayments(random: Random, subscriptions: Subscription[]): Action[] {
  return random
    .shuffled(subscriptions)
    .slice(0, random.integer(1, 5))
    .map(({ index }) => ({
      kind: "pay",
      subscription: index,
      card: random.chance(0.75) ? "pm_card_visa" : "pm_card_chargeDeclinedInsufficientFunds",
      confirm: random.chance(0.5),
    }));
}
