import { subscriptionStatus, type SubscriptionStatus } from "../../../shared/contracts/subscriptions";
import { currentPeriod, type Terms } from "../../../services/subscriptions/domain/current-period";
import { endWhenCancelled, wrongDate } from "../../../services/subscriptions/domain/dates";
import { subscriptionStates } from "../../../services/subscriptions/domain/subscription.state";

describe("the states of a subscription", () => {
  const LEGAL = new Set(["active → cancelled", "active → expired"]);
  const states = subscriptionStatus.options;
  const pairs = states.flatMap((from) =>
    states.map((to): [SubscriptionStatus, SubscriptionStatus] => [from, to]),
  );

  test.each(pairs)("%s → %s is as drawn", (from, to) => {
    const isLegal = LEGAL.has(`${from} → ${to}`);
    expect(subscriptionStates.allows(from, to)).toBe(isLegal);
    expect(subscriptionStates.before(to).includes(from)).toBe(isLegal);
  });
});

describe("the days of a new subscription", () => {
  const today = "2026-03-15";

  test.each<[start: string, end: string | undefined, mayBackdate: boolean, wrong: string | undefined]>([
    ["2026-03-15", undefined, false, undefined],
    ["2026-03-14", undefined, false, "start_date must not be in the past"],
    ["2026-03-14", undefined, true, undefined],
    ["2026-03-15", "2026-03-16", false, undefined],
    ["2026-03-15", "2026-03-15", false, "end_date must be after the start date"],
    ["2026-04-01", "2026-03-31", true, "end_date must be after the start date"],
    ["2026-01-01", "2026-03-15", true, "end_date must be in the future"],
    ["2026-01-01", "2026-03-16", true, undefined],
  ])("from %s to %s, staff: %s: %s", (start, end, mayBackdate, wrong) => {
    const found = wrongDate({ start, end }, { today, mayBackdate });
    expect(found && `${found.field} ${found.message}`).toBe(wrong);
  });

  test.each<[start_date: string, end_date: string | null, end: string, what: string]>([
    ["2026-01-01", null, "2026-03-15", "today"],
    ["2026-01-01", "2026-06-01", "2026-03-15", "today, before it would have ended"],
    ["2026-01-01", "2026-03-01", "2026-03-01", "when it ended anyway"],
    ["2026-03-15", null, "2026-03-15", "on its first day, with nothing covered"],
    ["2026-04-01", "2026-06-01", "2026-04-01", "before it started"],
  ])("from %s to %s, cancelled today, ends on %s: %s", (start_date, end_date, end) => {
    expect(endWhenCancelled({ start_date, end_date }, today)).toBe(end);
  });
});

describe("the current period", () => {
  const monthly: Terms = {
    status: "active",
    start_date: "2026-01-31",
    end_date: null,
    trial_days: 0,
    interval: "month",
    interval_count: 1,
  };

  test.each<[today: string, start: string, end: string, terms: Partial<Terms>]>([
    ["2026-01-31", "2026-01-31", "2026-02-28", {}],
    ["2026-02-27", "2026-01-31", "2026-02-28", {}],
    ["2026-02-28", "2026-02-28", "2026-03-31", {}],
    ["2026-04-30", "2026-04-30", "2026-05-31", {}],
    ["2026-02-05", "2026-01-31", "2026-02-07", { trial_days: 7 }],
    ["2026-02-07", "2026-02-07", "2026-03-07", { trial_days: 7 }],
    ["2026-02-14", "2026-02-14", "2026-02-28", { interval: "week", interval_count: 2 }],
    ["2026-02-01", "2026-02-01", "2026-02-02", { interval: "day" }],
    ["2025-03-01", "2025-02-28", "2026-02-28", { start_date: "2024-02-29", interval: "year" }],
    ["2026-02-27", "2026-01-31", "2026-02-28", { end_date: "2026-02-28" }],
  ])("on %s is from %s to %s: %j", (today, start, end, terms) => {
    expect(currentPeriod({ ...monthly, ...terms }, today)).toEqual({ start, end });
  });

  test.each<[today: string, terms: Partial<Terms>]>([
    ["2026-01-30", {}],
    ["2026-02-28", { end_date: "2026-02-28" }],
    ["2026-02-10", { status: "cancelled", end_date: "2026-02-20" }],
    ["2026-02-10", { status: "expired", end_date: "2026-02-10" }],
  ])("is none on %s: %j", (today, terms) => {
    expect(currentPeriod({ ...monthly, ...terms }, today)).toBeUndefined();
  });
});
