import type { Random } from "./random";
import type { Deed, Scale, Step } from "./story";

/** What becomes of who is caught in a snare, see Snare. */
export type Fate = "cut" | "kill" | "freeze" | "stall";

/**
 * A fault. Where it strikes is chosen by `pick`, a fraction, among what there is at that moment.
 *
 * kill: SIGKILL, started again later · freeze: SIGSTOP, SIGCONT later · nats: the server ends and comes back
 * · snare: a table is locked for writing, or the rows that everybody writes to, or an invoice is half written
 * that somebody is about to write, until somebody wants to write, who is thereby caught in the middle of a
 * transaction or of a statement · rival: a transaction that is about to subscribe the same customer, and
 * gives up, holds the customer's own open while others overtake it · runs: billing runs over each other ·
 * ticks: all crons tick at once · doorbells: all rung twice · echo: some events stand in their feeds once
 * more · webhooks: come several times, late, or the newest first · stripe: an answer is lost
 */
export type Fire = { phase: "way" | "deeds"; after_ms: number; pick: number } & (
  | { kind: "kill"; for_ms: number }
  | { kind: "freeze"; for_ms: number }
  | { kind: "nats"; for_ms: number }
  | { kind: "snare"; table: string; fate: Fate; for_ms: number }
  | { kind: "rival"; life: number; for_ms: number }
  | { kind: "runs"; runs: ("generate_invoices" | "mark_overdue" | "send_reminders")[] }
  | { kind: "ticks" }
  | { kind: "doorbells" }
  | { kind: "echo" }
  | { kind: "webhooks"; how: "duplicate" | "delay" | "newest_first" }
  | { kind: "stripe"; fault: "error_500" | "die_before_acting" | "die_after_acting" }
);

/** Rows that are locked, by a condition: a page of a run is then caught with half of its statement done. */
const COUNTER_ROW = "invoicing.invoice_counter WHERE only_one";
const RUNS_UNDER_WAY = "invoicing.billing_runs WHERE status = 'running'";
/** The period that is due next: a page is then caught when it has taken numbers, and written invoices. */
export const PERIOD_DUE_NEXT = "the period due next";
/** Where writers are caught while business time goes on. */
const WAY_SNARES = [
  "cron.slots",
  "cron.outbox",
  "invoicing.billing_runs",
  "invoicing.billables",
  "invoicing.invoices",
  "invoicing.outbox",
  COUNTER_ROW,
  RUNS_UNDER_WAY,
  PERIOD_DUE_NEXT,
  "notifications.deliveries",
  "notifications.reminder_runs",
];
/** Where the doers of deeds, and who hears of them, are caught. */
const DEED_SNARES = {
  subscribe: ["subscriptions.outbox", "invoicing.billables", "invoicing.invoices"],
  cancel: ["invoicing.billables", "subscriptions.outbox"],
  reprice: ["invoicing.plan_prices", "catalog.outbox"],
  pay: ["payments.outbox", "invoicing.invoices", "notifications.deliveries"],
};
const LAST_MINUTE_SNARES: Record<string, string> = {
  "00:02": "invoicing.billables",
  "23:59": "invoicing.plan_prices",
};
/** Longer than it takes until the first run of the next day is done. */
const LAST_MINUTE_MS = 1_200;
const SNARE_FATES: Fate[] = ["cut", "cut", "stall"];

/** Adds faults to the steps of a story: cheap ones everywhere, those that cost seconds here and there. */
export function planFires(random: Random, steps: Step[], scale: Scale): void {
  for (const step of steps) {
    while (random.chance(scale.heat)) step.fires.push(...cheapOnTheWay(random));
    for (const { kind } of step.deeds) {
      if (random.chance(scale.heat / 3))
        step.fires.push(snare(random, "deeds", DEED_SNARES[kind], random.pick(SNARE_FATES)));
    }
    // What was said right before the billing day is still being heard when it begins.
    const lastMinute = LAST_MINUTE_SNARES[step.at.slice(11)];
    if (lastMinute !== undefined && random.chance(0.7))
      step.fires.push(snare(random, "deeds", [lastMinute], "stall", LAST_MINUTE_MS));
    const [first, second] = step.deeds.filter(({ kind }) => kind === "subscribe") as Extract<
      Deed,
      { kind: "subscribe" }
    >[];
    if (first !== undefined && second !== undefined) step.fires.push(rival(random, first.life));
  }
  for (const [index, fire] of heavyFires(random, scale.heavyFires).entries()) {
    const place = Math.floor(((index + random.fraction()) / scale.heavyFires) * (steps.length - 1));
    const onward = [...steps.slice(place), ...steps];
    const fits = (step: Step) => fire.phase === "way" || step.deeds.some(({ kind }) => kind === "subscribe");
    onward.find(fits)?.fires.push(fire);
  }
}

function cheapOnTheWay(random: Random): Fire[] {
  const base = { phase: "way" as const, after_ms: random.whole(0, 400), pick: random.fraction() };
  const runsOverEachOther = (...runs: Extract<Fire, { kind: "runs" }>["runs"]): Fire[] => [
    { ...base, kind: "runs", runs },
    {
      ...snare(
        random,
        "way",
        ["invoicing.invoices", COUNTER_ROW, RUNS_UNDER_WAY, PERIOD_DUE_NEXT],
        random.pick(SNARE_FATES),
      ),
      after_ms: base.after_ms,
    },
  ];
  const makers: (() => Fire[])[] = [
    () => [snare(random, "way", WAY_SNARES, random.pick(SNARE_FATES))],
    () => [snare(random, "way", WAY_SNARES, random.pick(SNARE_FATES))],
    () => runsOverEachOther("generate_invoices", "generate_invoices", "generate_invoices"),
    () => runsOverEachOther("mark_overdue", "mark_overdue", "mark_overdue", "send_reminders"),
    () => [{ ...base, kind: "ticks" }],
    () => [{ ...base, kind: "doorbells" }],
    () => [{ ...base, kind: "echo" }],
    () => [{ ...base, kind: "webhooks", how: random.pick(["duplicate", "delay", "newest_first"] as const) }],
    () => [
      {
        ...base,
        kind: "stripe",
        fault: random.pick(["error_500", "die_before_acting", "die_after_acting"] as const),
      },
    ],
  ];
  return random.pick(makers)();
}

/** Each kind of heavy fault in turn, so that a proof of some length sees all of them. */
function heavyFires(random: Random, count: number): Fire[] {
  const base = () => ({ phase: "way" as const, after_ms: random.whole(0, 600), pick: random.fraction() });
  const kinds: (() => Fire)[] = [
    () => ({ ...base(), kind: "kill", for_ms: random.whole(0, 1500) }),
    () => snare(random, "way", WAY_SNARES, "kill"),
    () => ({ ...base(), kind: "freeze", for_ms: random.whole(500, 4000) }),
    () => ({ ...base(), kind: "nats", for_ms: random.whole(200, 2500) }),
    () =>
      snare(
        random,
        "way",
        ["invoicing.invoices", "invoicing.billables", COUNTER_ROW, RUNS_UNDER_WAY],
        "freeze",
      ),
    () => snare(random, "deeds", ["invoicing.billables", "subscriptions.outbox"], "kill"),
  ];
  const order = random.shuffled(kinds);
  return Array.from({ length: count }, (_, index) => (order[index % order.length] as () => Fire)());
}

function rival(random: Random, life: number): Fire {
  return {
    phase: "deeds",
    after_ms: 0,
    pick: random.fraction(),
    kind: "rival",
    life,
    for_ms: random.whole(150, 600),
  };
}

function snare(
  random: Random,
  phase: Fire["phase"],
  tables: readonly string[],
  fate: Fate,
  for_ms?: number,
): Fire {
  const place = {
    phase,
    after_ms: phase === "way" ? random.whole(0, 300) : 0,
    pick: random.fraction(),
    table: random.pick(tables),
  };
  return {
    ...place,
    kind: "snare",
    fate,
    for_ms: for_ms ?? (fate === "stall" ? random.whole(200, 900) : random.whole(0, 3000)),
  };
}
