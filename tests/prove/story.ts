import { addDays, addMonths, dayOf, daysBetween, type Day, type LocalTime } from "./calendar";
import { planFires, type Fire } from "./fires";
import {
  endDateOf,
  periodStarts,
  type CancelKind,
  type Life,
  type PlanPlot,
  type PriceChange,
} from "./model";
import { Random } from "./random";

/** How large a proof is. */
export interface Scale {
  months: number;
  subscriptions: number;
  /** faults that cost seconds: processes killed or frozen, NATS away */
  heavyFires: number;
  /** the probability of one more cheap fault on a step's way */
  heat: number;
}

/** Something that a customer or a member of staff does. */
export type Deed =
  | { kind: "subscribe"; life: number }
  | { kind: "cancel"; life: number }
  | { kind: "reprice"; plan: number; amount: number }
  | {
      kind: "pay";
      life: number;
      card: "pm_card_visa" | "pm_card_chargeDeclinedInsufficientFunds";
      confirm: boolean;
    };

/**
 * How business time goes on: `moved` by the product, which lets each slot take effect; `ticked` from slot to
 * slot, whether or not the last one is done; `leapt` at once, as after an outage in which nobody ticked.
 */
export type Way = "moved" | "ticked" | "leapt";

/**
 * A step of the story: business time goes on to `at`, then the deeds are done all at once, everything under
 * fire.
 */
export interface Step {
  at: LocalTime;
  way: Way;
  deeds: Deed[];
  fires: Fire[];
}

export interface Story {
  seed: number;
  zone: { name: string; offset_min: number };
  firstMoment: LocalTime;
  lastMoment: LocalTime;
  plans: PlanPlot[];
  lives: Life[];
  prices: PriceChange[];
  steps: Step[];
}

/** Zones whose clocks are never changed, on both sides of UTC. */
const ZONES = [
  { name: "UTC", offset_min: 0 },
  { name: "Asia/Kolkata", offset_min: 330 },
  { name: "Pacific/Kiritimati", offset_min: 840 },
  { name: "Pacific/Honolulu", offset_min: -600 },
];

const PLANS: PlanPlot[] = [
  { name: "Monthly", amount: 1990, currency: "usd", interval: "month", count: 1, trialDays: 0 },
  { name: "Monthly, yen", amount: 1000, currency: "jpy", interval: "month", count: 1, trialDays: 0 },
  { name: "Monthly, dinar", amount: 12_340, currency: "kwd", interval: "month", count: 1, trialDays: 0 },
  { name: "Two months", amount: 3500, currency: "eur", interval: "month", count: 2, trialDays: 0 },
  { name: "Yearly", amount: 49_900, currency: "usd", interval: "year", count: 1, trialDays: 0 },
  { name: "Weekly", amount: 500, currency: "usd", interval: "week", count: 1, trialDays: 0 },
  { name: "Five days", amount: 150, currency: "eur", interval: "day", count: 5, trialDays: 0 },
  { name: "Trial", amount: 2900, currency: "usd", interval: "month", count: 1, trialDays: 10 },
  { name: "Free", amount: 0, currency: "usd", interval: "month", count: 1, trialDays: 0 },
];
const FREE = PLANS.length - 1;
/** Anchors that short months and common years clamp. */
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
/** The cheaper a way, the more often it is gone. */
const WAYS: Way[] = ["moved", "ticked", "ticked", "leapt", "leapt"];

/** Makes up the whole story from a seed: the same one each time. */
export function plot(seed: number, scale: Scale): Story {
  const random = new Random(seed);
  const lastDay = addDays(ENDING, random.whole(0, 4));
  const firstDay = addMonths(addDays(ENDING, random.whole(-2, 2)), -scale.months);
  const firstMoment = `${firstDay}T10:00`;
  const lastMoment = `${lastDay}T15:00`;
  const zone = random.pick(ZONES);
  const lives = makeLives(random, scale.subscriptions, firstDay, lastDay);
  const prices = makePrices(random, scale.months, lives, firstDay, lastDay);
  const steps = makeSteps(random, { lives, prices, firstDay, lastDay, lastMoment });
  planFires(random, steps, scale);
  return { seed, zone, firstMoment, lastMoment, plans: PLANS, lives, prices, steps };
}

/** Many subscribe in the beginning, others later, several on one day; some who have left come back. */
function makeLives(random: Random, count: number, firstDay: Day, lastDay: Day): Life[] {
  const length = daysBetween(firstDay, lastDay);
  const later = Array.from({ length: Math.ceil(count / 8) }, () =>
    addDays(firstDay, random.whole(1, length - 1)),
  );
  const lives: Life[] = [];
  for (let index = 0; index < count; index++) {
    const atOnce = index < count / 2;
    const subscribedAt = atOnce ? `${firstDay}T10:00` : `${random.pick(later)}T12:00`;
    const back = random.chance(0.3) ? comingBack(random, lives, lastDay) : undefined;
    lives.push(makeLife(random, { index, lastDay, ...(back ?? { user: index, subscribedAt }) }));
  }
  return lives;
}

/** Who left and has not come back yet, and when that will be. */
function comingBack(
  random: Random,
  lives: Life[],
  lastDay: Day,
): Pick<Life, "user" | "subscribedAt"> | undefined {
  const latest = lives.filter(
    ({ user, index }) => !lives.some((life) => life.user === user && life.index > index),
  );
  const left = latest.find(
    ({ cancelled }) => cancelled !== null && dayOf(cancelled.at) < addDays(lastDay, -2),
  );
  if (left === undefined || left.cancelled === null) return undefined;
  return { user: left.user, subscribedAt: `${addDays(dayOf(left.cancelled.at), random.whole(1, 2))}T12:00` };
}

function makeLife(
  random: Random,
  {
    index,
    user,
    subscribedAt,
    lastDay,
  }: { index: number; user: number; subscribedAt: LocalTime; lastDay: Day },
): Life {
  const today = dayOf(subscribedAt);
  const plan = random.chance(0.5) ? random.whole(0, 4) : random.whole(0, PLANS.length - 1);
  const start = makeStart(random, plan, today);
  const from = start > today ? start : today;
  const end = random.chance(0.2) ? addDays(from, random.whole(1, 60)) : null;
  const life: Life = { index, user, plan, subscribedAt, start, end, cancelled: null };
  return random.chance(0.4) ? { ...life, cancelled: makeCancel(random, life, lastDay) } : life;
}

function makeStart(random: Random, plan: number, today: Day): Day {
  const { interval } = PLANS[plan] as PlanPlot;
  const dice = random.fraction();
  if (dice < 0.45) return today;
  if (dice < 0.6) return addDays(today, random.whole(1, 20));
  if (interval === "year" && random.chance(0.6)) return LEAP_DAY;
  const ends = MONTH_ENDS.filter((day) => day < today);
  return interval === "month" && ends.length > 0 ? random.pick(ends) : addDays(today, -random.whole(1, 25));
}

/**
 * Cancelling is told apart to the minute: nothing of what must be billed then depends on how quick the system
 * is.
 */
function makeCancel(random: Random, life: Life, lastDay: Day): Life["cancelled"] {
  const created = dayOf(life.subscribedAt);
  const possible = (day: Day) => day > created && day < lastDay && (life.end === null || day < life.end);
  const boundaries = periodStarts(life.start, PLANS[life.plan] as PlanPlot, lastDay);
  const kind: CancelKind = random.pick(["early", "late", "quiet"]);
  const days = Array.from({ length: daysBetween(created, lastDay) }, (_, n) => addDays(created, n + 1));
  const candidates = kind === "quiet" ? days.filter((day) => !boundaries.includes(day)) : boundaries;
  const day = candidates.filter(possible);
  if (day.length === 0) return null;
  return { at: `${random.pick(day)}T${kind === "early" ? "00:02" : "13:30"}`, kind };
}

/**
 * Prices change in the morning or right before midnight, often at the turn of a period, never at a moment at
 * which somebody subscribes.
 */
function makePrices(
  random: Random,
  months: number,
  lives: Life[],
  firstDay: Day,
  lastDay: Day,
): PriceChange[] {
  const boundaries = lives
    .filter(({ plan }) => plan !== FREE)
    .flatMap(({ plan, start }) =>
      periodStarts(start, PLANS[plan] as PlanPlot, addDays(lastDay, -1))
        .filter((day) => day > addDays(firstDay, 1))
        .map((day) => ({ plan, day })),
    );
  const anyDay = () => ({
    plan: random.whole(0, FREE - 1),
    day: addDays(firstDay, random.whole(1, daysBetween(firstDay, lastDay) - 1)),
  });
  const changes = Array.from({ length: months * 5 }, () => {
    const { plan, day } = boundaries.length > 0 && random.chance(0.7) ? random.pick(boundaries) : anyDay();
    const amount = (PLANS[plan] as PlanPlot).amount + random.whole(1, 60) * 10;
    return { plan, at: random.chance(0.4) ? `${day}T11:00` : `${addDays(day, -1)}T23:59`, amount };
  });
  const once = new Map(changes.map((change) => [`${change.plan} ${change.at}`, change]));
  return [...once.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

interface Frame {
  lives: Life[];
  prices: PriceChange[];
  firstDay: Day;
  lastDay: Day;
  lastMoment: LocalTime;
}

function makeSteps(random: Random, { lives, prices, firstDay, lastDay, lastMoment }: Frame): Step[] {
  const deeds = new Map<LocalTime, Deed[]>();
  const add = (at: LocalTime, ...more: Deed[]) => deeds.set(at, [...(deeds.get(at) ?? []), ...more]);
  for (const { index, subscribedAt, cancelled } of lives) {
    add(subscribedAt, { kind: "subscribe", life: index });
    if (cancelled !== null) add(cancelled.at, { kind: "cancel", life: index });
  }
  for (const { plan, at, amount } of prices) add(at, { kind: "reprice", plan, amount });
  for (let day = firstDay; day < lastDay; day = addDays(day, random.whole(2, LONGEST_PAUSE_DAYS))) {
    add(
      `${day}T14:00`,
      ...makePayments(
        random,
        lives.filter((life) => isPaying(life, day)),
      ),
    );
  }
  add(lastMoment);
  return [...deeds.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([at, its]) => ({ at, way: random.pick(WAYS), deeds: its, fires: [] }));
}

const isPaying = (life: Life, day: Day): boolean =>
  dayOf(life.subscribedAt) <= day && life.plan !== FREE && endDateOf(life) !== life.start;

function makePayments(random: Random, lives: Life[]): Deed[] {
  return random
    .shuffled(lives)
    .slice(0, random.whole(1, 5))
    .map(({ index }) => ({
      kind: "pay",
      life: index,
      card: random.chance(0.75) ? "pm_card_visa" : "pm_card_chargeDeclinedInsufficientFunds",
      confirm: random.chance(0.5),
    }));
}
