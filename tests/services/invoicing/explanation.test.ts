import { explain, type ExplainedInvoice } from "../../../services/invoicing/domain/explanation";
import { unpaidAmounts } from "../../support/invoices";

const ID = "0198c0de-0000-7000-8000-000000000001";
const line = (
  description: string,
  quantity: number,
  unit_amount_minor: number,
  price_from = "1970-01-01T00:00:00Z",
) => ({ description, quantity, unit_amount_minor, amount_minor: quantity * unit_amount_minor, price_from });

const explained = (
  changes: Partial<ExplainedInvoice> = {},
  invoice: Partial<ExplainedInvoice["invoice"]> = {},
): ExplainedInvoice => ({
  plan_name: "Pro",
  period_index: 1,
  anchor: "2026-01-31",
  step: "1 mon",
  lines: [line("Pro", 1, 49_900)],
  payment_id: null,
  issued_by: "timetable",
  run_id: "run-1",
  run_event_id: "event-1",
  ...changes,
  invoice: {
    id: ID,
    number: "INV-00000042",
    subscription: "sub-1",
    customer: ID,
    user: null,
    plan: "plan-1",
    period_start: "2026-02-28",
    period_end: "2026-03-31",
    ...unpaidAmounts(49_900),
    currency: "usd",
    issue_date: "2026-02-28",
    due_date: "2026-03-07",
    status: "pending",
    paid_at: null,
    refunded_minor: 0,
    disputed_at: null,
    metadata: {},
    ...invoice,
  },
});

it("explains period, arithmetic, price, run and state in sentences", () => {
  expect(explain(explained())).toEqual([
    "INV-00000042 bills period 1 (the first is 0) of subscription sub-1 to Pro: " +
      "from 2026-02-28 up to, not including, 2026-03-31.",
    "Periods are counted from 2026-01-31, the subscription's first day after any trial: " +
      "this one starts on 2026-01-31 + 1 × 1 month = 2026-02-28 (that month has no later day), " +
      "the next one on 2026-01-31 + 2 × 1 month = 2026-03-31.",
    "The price is 499.00 usd, in force since the plan was created. " +
      "It was the latest price when the period started, or when the customer subscribed if that was later.",
    "It was issued as of 2026-02-28 by billing run run-1, which the timetable requested by event event-1.",
    "It is due on 2026-03-07.",
  ]);
});

it.each([
  [
    "a price set later",
    explained({ lines: [line("Pro", 1, 49_900, "2026-02-01T10:00:00Z")] }),
    "in force since 2026-02-01T10:00:00Z",
  ],
  [
    "a run by hand",
    explained({ issued_by: "staff", run_event_id: null }),
    "by billing run run-1, which a staff member started",
  ],
  [
    "a new subscription",
    explained({ issued_by: "subscription", run_id: null, run_event_id: null }),
    "at once, because the subscription was new",
  ],
  ["a plan without a name", explained({ plan_name: null }), "to plan plan-1:"],
  ["several months", explained({ step: "3 mons" }), "1 × 3 months"],
  ["days, which are never clamped", explained({ step: "28 days" }), "1 × 28 days = 2026-02-28, the"],
  [
    "years from a leap day",
    explained({ anchor: "2024-02-29", step: "1 year", period_index: 2 }),
    "2024-02-29 + 2 × 1 year = 2026-02-28 (that month has no later day)",
  ],
  ["lost terms", explained({ anchor: null, step: null }), "Billing no longer knows the subscription"],
  ["overdue", explained({}, { status: "overdue" }), "was due on 2026-03-07 and is overdue"],
  [
    "paid",
    explained({ payment_id: "pay-1" }, { status: "paid", paid_at: "2026-03-01T00:00:00Z" }),
    "paid at 2026-03-01T00:00:00Z by payment pay-1",
  ],
  ["nothing to pay", explained({}, { status: "paid", amount_minor: 0 }), "There is nothing to pay"],
])("explains %s", (_what, given, sentence) => {
  expect(explain(given).join(" ")).toContain(sentence);
});

it("adds up the lines of several items, each with its price", () => {
  const lines = [line("Pro", 1, 49_900), line("Seats", 3, 999, "2026-02-01T10:00:00Z")];
  expect(explain(explained({ lines }, { amount_minor: 52_897 }))).toContain(
    "The total is 528.97 usd: Pro 499.00 (in force since the plan was created) + Seats 3 × 9.99 = 29.97 " +
      "(in force since 2026-02-01T10:00:00Z). Each price was the latest when the period started, or when " +
      "the customer subscribed if that was later.",
  );
});
