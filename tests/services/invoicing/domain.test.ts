import { summarize, type PreviewTally } from "../../../services/invoicing/domain/billing-preview";
import { whyNotAsOf } from "../../../services/invoicing/domain/billing-run.kind";

describe("the summary of a preview", () => {
  const tally = (fields: Partial<PreviewTally>): PreviewTally => ({
    plan: "basic",
    plan_name: "Basic",
    currency: "usd",
    reason: null,
    count: 1,
    amount_minor: 0,
    previous_minor: 0,
    ...fields,
  });

  it("adds up the plans of a currency, and keeps currencies apart", () => {
    const { count, totals, plans } = summarize([
      tally({ count: 2, amount_minor: 300, previous_minor: 100 }),
      tally({ plan: "pro", count: 3, amount_minor: 5_000, previous_minor: 4_000 }),
      tally({ plan: "euro", currency: "eur", count: 1, amount_minor: 70, previous_minor: 90 }),
    ]);
    expect(count).toBe(6);
    expect(totals).toEqual([
      { currency: "usd", count: 5, amount_minor: 5_300, previous_minor: 4_100, difference_minor: 1_200 },
      { currency: "eur", count: 1, amount_minor: 70, previous_minor: 90, difference_minor: -20 },
    ]);
    expect(plans.map(({ difference_minor }) => difference_minor)).toEqual([200, 1_000, -20]);
  });

  it("adds up what cannot be billed by its reason, in no total", () => {
    const { count, totals, parked } = summarize([
      tally({ reason: "bad date", count: 2, amount_minor: 100 }),
      tally({ plan: "pro", reason: "bad date", count: 3 }),
      tally({ plan: "none", currency: null, count: 4 }),
    ]);
    expect([count, totals]).toEqual([0, []]);
    expect(parked).toEqual([
      { reason: "bad date", count: 5 },
      { reason: "has no price", count: 4 },
    ]);
  });
});

describe("the day of a run", () => {
  it.each([
    ["send_reminders", "2025-03-14", "must not be more than 366 days before today, 2026-03-16"],
    ["send_reminders", "2025-03-15", undefined],
    ["send_reminders", "2026-03-16", undefined],
    ["send_reminders", "2026-03-17", "must not be after today, 2026-03-16"],
    ["generate_invoices", "1970-04-01", undefined],
    ["generate_invoices", "1970-03-31", "must not be before 1970-04-01"],
  ] as const)("of %s may be %s: %s", (kind, asOf, why) => {
    expect(whyNotAsOf(asOf, "2026-03-16", kind)).toBe(why);
  });
});
