import type { Random } from "./random";
import type { Action, Scale, Step } from "./story";

/** What happens to the connection that a lock trap has caught, see LockTrap. */
export type TrapEffect = "cut_connection" | "kill_process" | "freeze_process" | "freeze_backend";

type RunKind = "generate_invoices" | "mark_overdue" | "send_reminders";

/**
 * A fault of the story. It happens while business time advances (`clock`) or while the actions run
 * (`actions`). `pick`, a fraction, chooses among what exists at that moment, such as the running processes.
 *
 * - kill_process: SIGKILL, started again later
 * - freeze_process: SIGSTOP, SIGCONT later
 * - stop_nats: the NATS server stops and starts again
 * - lock_trap: takes a lock and waits until a transaction of the product waits for it, then harms that
 *   transaction
 * - competing_insert: an uncommitted subscription of the same customer blocks the real one while others
 *   overtake it; it is then rolled back
 * - billing_runs: several billing runs at once
 * - cron_ticks: every cron process ticks twice at once
 * - doorbells: every service's doorbell rings twice
 * - duplicate_events: some events are appended to their feeds again
 * - webhooks: they arrive several times, late, or the newest first
 * - stripe: a request to Stripe fails, or its answer is lost
 */
export type Fault = { phase: "clock" | "actions"; after_ms: number; pick: number } & (
  | { kind: "kill_process"; for_ms: number }
  | { kind: "freeze_process"; for_ms: number }
  | { kind: "stop_nats"; for_ms: number }
  | { kind: "lock_trap"; target: string; effect: TrapEffect; for_ms: number }
  | { kind: "competing_insert"; subscription: number; for_ms: number }
  | { kind: "billing_runs"; runs: RunKind[] }
  | { kind: "cron_ticks" }
  | { kind: "doorbells" }
  | { kind: "duplicate_events" }
  | { kind: "webhooks"; how: "duplicate" | "delay" | "newest_first" }
  | { kind: "stripe"; fault: "error_500" | "die_before_acting" | "die_after_acting" }
);

/** Row locks, as `table WHERE condition`. They catch a billing run in the middle of its statement. */
const COUNTER_ROW = "invoicing.invoice_counter WHERE only_one";
const RUNS_IN_PROGRESS = "invoicing.billing_runs WHERE status = 'running'";
/**
 * An uncommitted invoice for the next due period. It catches a page that already has numbers and invoices.
 */
export const NEXT_DUE_PERIOD = "the next due period";
const CLOCK_TARGETS = [
  "cron.slots",
  "cron.outbox",
  "invoicing.billing_runs",
  "invoicing.billables",
  "invoicing.invoices",
  "invoicing.outbox",
  COUNTER_ROW,
  RUNS_IN_PROGRESS,
  NEXT_DUE_PERIOD,
  "notifications.deliveries",
  "notifications.reminder_runs",
];
/** For each action, the tables that it and the consumers of its events write. */
const ACTION_TARGETS = {
  subscribe: ["subscriptions.outbox", "invoicing.billables", "invoicing.invoices"],
  cancel: ["invoicing.billables", "subscriptions.outbox"],
  change_price: ["invoicing.plan_prices", "catalog.outbox"],
  charge: ["invoicing.charges", "invoicing.idempotency_records"],
  pay: ["payments.outbox", "invoicing.invoices", "notifications.deliveries"],
};
/** Tables that are written right before a billing day begins, by the time of the step. */
const LAST_MINUTE_TARGETS: Record<string, string> = {
  "00:02": "invoicing.billables",
  "23:59": "invoicing.plan_prices",
};
/** Longer than it takes to finish the first run of the next day. */
const LAST_MINUTE_MS = 1_200;
const SMALL_EFFECTS: TrapEffect[] = ["cut_connection", "cut_connection", "freeze_backend"];

/** Adds faults to the steps of a story: small ones everywhere, outages evenly over its length. */
export function planFaults(random: Random, steps: Step[], scale: Scale): void {
  for (const step of steps) {
    while (random.chance(scale.faultRate)) step.faults.push(...smallFaults(random));
    for (const { kind } of step.actions) {
      if (random.chance(scale.faultRate / 3))
        step.faults.push(lockTrap(random, "actions", ACTION_TARGETS[kind], random.pick(SMALL_EFFECTS)));
    }
    // The last events before a billing day are still being consumed when it begins.
    const lastMinute = LAST_MINUTE_TARGETS[step.at.slice(11)];
    if (lastMinute !== undefined && random.chance(0.7))
      step.faults.push(lockTrap(random, "actions", [lastMinute], "freeze_backend", LAST_MINUTE_MS));
    const [first, second] = step.actions.filter(({ kind }) => kind === "subscribe") as Extract<
      Action,
      { kind: "subscribe" }
    >[];
    if (first !== undefined && second !== undefined)
      step.faults.push(competingInsert(random, first.subscription));
  }
  for (const [index, outage] of makeOutages(random, scale.outages).entries()) {
    const place = Math.floor(((index + random.fraction()) / scale.outages) * (steps.length - 1));
    const candidates = [...steps.slice(place), ...steps];
    const fits = (step: Step) =>
      outage.phase === "clock" || step.actions.some(({ kind }) => kind === "subscribe");
    candidates.find(fits)?.faults.push(outage);
  }
}

/** One small fault while business time advances; billing runs come with a lock trap that catches them. */
function smallFaults(random: Random): Fault[] {
  const base = { phase: "clock" as const, after_ms: random.integer(0, 400), pick: random.fraction() };
  const caughtRuns = (...runs: RunKind[]): Fault[] => {
    const targets = ["invoicing.invoices", COUNTER_ROW, RUNS_IN_PROGRESS, NEXT_DUE_PERIOD];
    const trap = lockTrap(random, "clock", targets, random.pick(SMALL_EFFECTS));
    return [
      { ...base, kind: "billing_runs", runs },
      { ...trap, after_ms: base.after_ms },
    ];
  };
  const clockTrap = () => [lockTrap(random, "clock", CLOCK_TARGETS, random.pick(SMALL_EFFECTS))];
  const makers: (() => Fault[])[] = [
    clockTrap,
    clockTrap,
    () => caughtRuns("generate_invoices", "generate_invoices", "generate_invoices"),
    () => caughtRuns("mark_overdue", "mark_overdue", "mark_overdue", "send_reminders"),
    () => [{ ...base, kind: "cron_ticks" }],
    () => [{ ...base, kind: "doorbells" }],
    () => [{ ...base, kind: "duplicate_events" }],
    () => [{ ...base, kind: "webhooks", how: random.pick(["duplicate", "delay", "newest_first"] as const) }],
    () => {
      const fault = random.pick(["error_500", "die_before_acting", "die_after_acting"] as const);
      return [{ ...base, kind: "stripe", fault }];
    },
  ];
  return random.pick(makers)();
}

/** The kinds of outage in a random order that repeats, so that a long story has all of them. */
function makeOutages(random: Random, count: number): Fault[] {
  const base = () => ({ phase: "clock" as const, after_ms: random.integer(0, 600), pick: random.fraction() });
  const runTargets = ["invoicing.invoices", "invoicing.billables", COUNTER_ROW, RUNS_IN_PROGRESS];
  const makers: (() => Fault)[] = [
    () => ({ ...base(), kind: "kill_process", for_ms: random.integer(0, 1500) }),
    () => lockTrap(random, "clock", CLOCK_TARGETS, "kill_process"),
    () => ({ ...base(), kind: "freeze_process", for_ms: random.integer(500, 4000) }),
    () => ({ ...base(), kind: "stop_nats", for_ms: random.integer(200, 2500) }),
    () => lockTrap(random, "clock", runTargets, "freeze_process"),
    () => lockTrap(random, "actions", ["invoicing.billables", "subscriptions.outbox"], "kill_process"),
  ];
  const order = random.shuffled(makers);
  return Array.from({ length: count }, (_, index) => (order[index % order.length] as () => Fault)());
}

function competingInsert(random: Random, subscription: number): Fault {
  return {
    phase: "actions",
    after_ms: 0,
    pick: random.fraction(),
    kind: "competing_insert",
    subscription,
    for_ms: random.integer(150, 600),
  };
}

function lockTrap(
  random: Random,
  phase: Fault["phase"],
  targets: readonly string[],
  effect: TrapEffect,
  for_ms?: number,
): Fault {
  const when = {
    phase,
    after_ms: phase === "clock" ? random.integer(0, 300) : 0,
    pick: random.fraction(),
    target: random.pick(targets),
  };
  return {
    ...when,
    kind: "lock_trap",
    effect,
    for_ms: for_ms ?? (effect === "freeze_backend" ? random.integer(200, 900) : random.integer(0, 3000)),
  };
}

/** A fault in one line, for the log. */
export function describe(fault: Fault): string {
  switch (fault.kind) {
    case "kill_process":
    case "freeze_process":
    case "stop_nats":
      return `${fault.kind} for ${fault.for_ms} ms`;
    case "competing_insert":
      return `competing_insert for subscription ${fault.subscription}, ${fault.for_ms} ms`;
    case "lock_trap":
      return `lock_trap on ${fault.target}, ${fault.effect} for ${fault.for_ms} ms`;
    case "billing_runs":
      return `billing_runs ${fault.runs.join(", ")}`;
    case "webhooks":
      return `webhooks ${fault.how}`;
    case "stripe":
      return `stripe ${fault.fault}`;
    case "cron_ticks":
    case "doorbells":
    case "duplicate_events":
      return fault.kind;
  }
}
