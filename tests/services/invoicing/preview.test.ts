import { randomUUID } from "node:crypto";
import { billPage } from "../../../services/invoicing/queries/bill-page";
import { billing } from "../../../shared/console/commands/billing";
import { progressBar } from "../../../shared/console/commands/billing-run";
import type { BillingRun, PreviewedInvoice } from "../../../shared/contracts/invoicing";
import { addDays } from "../../../shared/time";
import { fakeProducer, type FakeProducer } from "../../support/fake-producer";
import { eventually, startSystem, user, type System } from "../../support/system";
import { storedLines } from "../../support/invoices";

let system: System;
let catalog: FakeProducer<"catalog">;
let subscriptions: FakeProducer<"subscriptions">;

const basic = randomUUID();
const euro = randomUUID();
const unpriced = randomUUID();

beforeAll(async () => {
  system = await startSystem({ services: ["invoicing"], env: { BILLING_TIMEZONE: "America/New_York" } });
  catalog = await fakeProducer(system.broker, "catalog");
  subscriptions = await fakeProducer(system.broker, "subscriptions");
  for (const other of ["identity", "cron", "payments", "notifications"] as const)
    await fakeProducer(system.broker, other);
});
afterAll(() => system.stop());

beforeEach(async () => {
  for (const [id, name, currency] of [
    [basic, "Basic", "usd"],
    [euro, "Euro", "eur"],
    [unpriced, "Unpriced", "usd"],
  ]) {
    await catalog.append("plan.created", {
      id,
      name,
      currency,
      interval: "month",
      interval_count: 1,
      product: "default",
      trial_days: 0,
      archived: false,
    });
  }
  await price(basic, 10_000, "1970-01-01T00:00:00Z");
  await price(euro, 20_000, "1970-01-01T00:00:00Z", "eur");
  await system.drain();
});
afterEach(async () => {
  await system.drain();
  await system.db("invoicing").raw(
    `TRUNCATE billables, plans, plan_prices, billing_runs, charges, invoices, outbox;
     UPDATE invoice_counter SET last_sequence = 0`,
  );
});

const price = (plan_id: string, amount_minor: number, effective_from: string, currency = "usd") =>
  catalog.append("plan.price_set", { plan: plan_id, amount_minor, currency, effective_from });

/** A subscription that nobody bills at once: it was made the day before it starts. */
async function subscribe(start_date: string, fields: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await subscriptions.append("subscription.created", {
    id,
    customer: randomUUID(),
    product: "default",
    plan: basic,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    start_date,
    end_date: null,
    subscribed_at: `${addDays(start_date, -1)}T12:00:00Z`,
    created_on: addDays(start_date, -1),
    ...fields,
  });
  return id;
}

type Limits = { max_count?: number; max_total?: Record<string, number> };

async function run(as_of: string, limits: Limits = {}): Promise<BillingRun> {
  const { id } = await system.call("invoicing.startBillingRun", {
    kind: "generate_invoices",
    as_of,
    ...limits,
  });
  await system.drain();
  return system.call("invoicing.getBillingRun", { id });
}

async function everyRow(as_of: string, limit: number): Promise<PreviewedInvoice[]> {
  const rows: PreviewedInvoice[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await system.call("invoicing.previewBilling", {
      as_of,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    rows.push(...page.items);
    cursor = page.next;
  }
  return rows;
}

async function previewOf(as_of: string) {
  const { summary, items } = await system.call("invoicing.previewBilling", { as_of });
  if (summary === null) throw new Error("the first page has no summary");
  return { ...summary, items };
}

/** The books of invoicing, to be compared with themselves after something that must not write. */
async function books(): Promise<unknown> {
  const { rows } = await system.db("invoicing").raw(
    `SELECT (SELECT jsonb_agg(b ORDER BY subscription_id) FROM billables AS b) AS billables,
            (SELECT count(*) FROM invoices) AS invoices, (SELECT count(*) FROM outbox) AS events,
            (SELECT count(*) FROM billing_runs) AS runs,
            (SELECT last_sequence FROM invoice_counter) AS last_sequence`,
  );
  return rows;
}

const invoiceCount = async () =>
  (await system.db("invoicing").raw<{ rows: { count: number }[] }>("SELECT count(*) FROM invoices")).rows[0]
    ?.count;

const someRow = async (sql: string) =>
  (await system.db("invoicing").raw<{ rows: unknown[] }>(sql)).rows.length > 0 ? true : undefined;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the preview", () => {
  it.each([1, 2])("holds exactly the invoices that the run then issues (seed %i)", async (seed) => {
    const roll = dice(seed);
    const pick = <T>(...options: T[]): T => options[Math.floor(roll() * options.length)] as T;
    const day = () =>
      pick(
        "2025-11-30",
        "2025-12-31",
        "2026-01-31",
        "2026-02-28",
        addDays("2025-11-01", Math.floor(roll() * 150)),
      );
    const ids: string[] = [];
    for (let n = 0; n < 80; n++) {
      const start = day();
      ids.push(
        await subscribe(start, {
          plan: pick(basic, basic, euro, euro, unpriced),
          ...pick<object>(
            {},
            {},
            { interval_count: 3 },
            { interval: "week" },
            { interval: "day", interval_count: 10 },
            { interval: "year" },
          ),
          trial_days: pick(0, 0, 14, 30),
          end_date: pick(null, null, addDays(start, 1 + Math.floor(roll() * 200))),
        }),
      );
    }
    for (let n = 0; n < 8; n++) {
      const on = addDays("2025-11-15", Math.floor(roll() * 180));
      await (roll() < 0.5
        ? price(basic, 100 * Math.ceil(roll() * 500), `${on}T03:30:00Z`)
        : price(euro, n, `${on}T04:30:00Z`, "eur"));
    }
    expect((await run("2026-01-15")).status).toBe("done");
    for (const id of ids) {
      if (roll() < 0.15)
        await subscriptions.append("subscription.cancelled", {
          id,
          customer: id,
          plan: basic,
          end_date: day(),
        });
    }

    const { rows: before } = await system
      .db("invoicing")
      .raw<{ rows: { subscription_id: string; amount_minor: number }[] }>(
        `SELECT DISTINCT ON (subscription_id) subscription_id, amount_minor FROM invoices
         ORDER BY subscription_id, period_start DESC`,
      );
    const lastBilled = new Map(
      before.map(({ subscription_id, amount_minor }) => [subscription_id, amount_minor]),
    );
    const preview = await previewOf("2026-05-31");
    const rows = await everyRow("2026-05-31", 29);
    const billed = await run("2026-05-31");

    const { rows: issued } = await system.db("invoicing").raw<{ rows: PreviewedInvoice[] }>(
      `SELECT subscription_id AS subscription, customer_id AS customer, plan_id AS plan,
              period_start, period_end, amount_minor, currency
       FROM invoices WHERE run_id = ? ORDER BY subscription_id, period_start`,
      [billed.id],
    );
    expect(issued.length).toBeGreaterThan(200);
    expect(rows).toEqual(
      issued.map((each) => ({ ...each, previous_minor: lastBilled.get(each.subscription) ?? null })),
    );
    expect(preview.count).toBe(issued.length);
    expect(billed.counts).toMatchObject({
      issued: preview.count,
      parked: preview.parked.reduce((sum, { count }) => sum + count, 0),
    });
    expect(preview.parked).toEqual([
      { reason: expect.stringContaining(unpriced), count: expect.any(Number) },
    ]);
    for (const { currency, count, amount_minor, previous_minor, difference_minor } of preview.totals) {
      const mine = issued.filter((each) => each.currency === currency);
      const last = [...new Set(mine.map((each) => each.subscription))].map((id) => lastBilled.get(id) ?? 0);
      expect(count).toBe(mine.length);
      expect(amount_minor).toBe(mine.reduce((sum, each) => sum + each.amount_minor, 0));
      expect(previous_minor).toBe(last.reduce((sum, each) => sum + each, 0));
      expect(difference_minor).toBe(amount_minor - previous_minor);
    }
    expect(preview.totals.map(({ currency }) => currency)).toEqual(["eur", "usd"]);
    expect(await previewOf("2026-05-31")).toMatchObject({ count: 0, items: [] });
  });

  it("counts by plan and currency, with what was last billed, and writes nothing", async () => {
    await subscribe("2026-01-10");
    await subscribe("2026-01-20");
    await subscribe("2026-01-20", { plan: euro });
    await run("2026-01-15");
    await price(basic, 12_000, "2026-01-20T12:00:00Z");
    await system.drain();
    const untouched = await books();
    const { items, ...summary } = await previewOf("2026-02-10");
    expect(await books()).toEqual(untouched);
    expect(summary).toEqual({
      count: 3,
      totals: [
        { currency: "eur", count: 1, amount_minor: 20_000, previous_minor: 0, difference_minor: 20_000 },
        { currency: "usd", count: 2, amount_minor: 22_000, previous_minor: 10_000, difference_minor: 12_000 },
      ],
      plans: [
        {
          plan: euro,
          plan_name: "Euro",
          currency: "eur",
          count: 1,
          amount_minor: 20_000,
          previous_minor: 0,
          difference_minor: 20_000,
        },
        {
          plan: basic,
          plan_name: "Basic",
          currency: "usd",
          count: 2,
          amount_minor: 22_000,
          previous_minor: 10_000,
          difference_minor: 12_000,
        },
      ],
      parked: [],
      detail: null,
    });
    expect(items).toHaveLength(3);
  });

  it("looks ahead a year, at the prices and ends that are known by now", async () => {
    const today = await system.call("invoicing.previewBilling", {}).then(({ as_of }) => as_of);
    await subscribe(today, { interval: "day", interval_count: 100, end_date: addDays(today, 250) });
    await price(basic, 12_000, `${addDays(today, 150)}T12:00:00Z`);
    const { items } = await previewOf(addDays(today, 366));
    expect(items.map(({ period_start, amount_minor }) => [period_start, amount_minor])).toEqual([
      [today, 10_000],
      [addDays(today, 100), 10_000],
      [addDays(today, 200), 12_000],
    ]);
  });

  it("says why it is empty: already billed, before the first period, or nothing billable", async () => {
    await subscribe("2026-01-10", { trial_days: 14 });
    expect(await previewOf("2026-01-23")).toMatchObject({
      count: 0,
      detail: "No subscription's first period has started by 2026-01-23.",
    });
    expect(await previewOf("1970-01-01")).toMatchObject({
      count: 0,
      detail: expect.stringContaining("1970-01-01"),
    });
    await run("2026-01-24");
    expect(await previewOf("2026-01-24")).toMatchObject({
      count: 0,
      totals: [],
      plans: [],
      parked: [],
      items: [],
      detail: "Every period that starts by 2026-01-24 is billed already.",
    });
    await subscribe("2026-01-12", { plan: unpriced });
    expect(await previewOf("2026-01-24")).toMatchObject({
      count: 0,
      parked: [{ reason: `plan ${unpriced} has no price that was in force by then`, count: 1 }],
      detail: expect.stringContaining("cannot be billed"),
    });
  });

  it("counts what a run has parked: as issued once it can be billed, as parked until then", async () => {
    const id = await subscribe("2026-01-10", { plan: unpriced });
    const other = await subscribe("2026-01-10");
    await system.drain();
    const inTheWay = system.db("invoicing")("invoices").where({ subscription_id: other });
    await inTheWay.clone().insert({
      sequence: 999,
      subscription_id: other,
      customer_id: other,
      plan_id: basic,
      period_index: 0,
      period_start: "2026-01-01",
      period_end: "2026-02-01",
      ...storedLines(1),
      amount_minor: 1,
      currency: "usd",
      issue_date: "2026-01-01",
      due_date: "2026-01-08",
      status: "pending",
    });
    expect((await run("2026-01-10")).counts).toMatchObject({ issued: 0, parked: 2 });
    await price(unpriced, 500, "1970-01-01T00:00:00Z");
    expect(await previewOf("2026-02-10")).toMatchObject({
      count: 2,
      parked: [{ reason: "an invoice of this period exists", count: 1 }],
      items: [
        { subscription: id, period_start: "2026-01-10" },
        { subscription: id, period_start: "2026-02-10" },
      ],
    });
    await inTheWay.clone().delete();
    expect(await previewOf("2026-02-10")).toMatchObject({ count: 4, parked: [] });
    expect((await run("2026-02-10")).counts).toEqual({ due: 4, issued: 4, parked: 0 });
  });

  it("passes over what cannot be billed without an end of its pages", async () => {
    for (let n = 0; n < 12; n++) await subscribe("2026-01-10", { plan: n % 4 === 0 ? basic : unpriced });
    expect(await everyRow("2026-01-10", 1)).toHaveLength(3);
    expect(await everyRow("2026-03-10", 2)).toHaveLength(9);
  });

  it("gives the summary with the first page only, and only if it is asked for", async () => {
    for (let n = 0; n < 3; n++) await subscribe("2026-01-10");
    const first = await system.call("invoicing.previewBilling", { as_of: "2026-01-10", limit: 2 });
    expect(first).toMatchObject({ summary: { count: 3 }, next: expect.any(String) });
    expect(
      await system.call("invoicing.previewBilling", { as_of: "2026-01-10", cursor: first.next ?? "" }),
    ).toMatchObject({ summary: null, next: null });
    expect(
      await system.call("invoicing.previewBilling", { as_of: "2026-01-10", summary: false }),
    ).toMatchObject({ summary: null });
  });

  it.each([
    [{ as_of: "2026-02-30" }, "as_of"],
    [{ as_of: "tomorrow" }, "as_of"],
    [{ as_of: "1969-12-31" }, "as_of"],
    [{ as_of: "9999-12-31" }, "as_of"],
    [{ cursor: "x" }, "cursor"],
    [{ limit: 0 }, "limit"],
    [{ limit: 1001 }, "limit"],
    [{ day: "2026-01-01" }, "day"],
  ])("refuses %j, naming the field", async (params, field) => {
    await expect(system.call("invoicing.previewBilling", params as never)).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field }] },
    });
  });

  it("refuses the day after a year from today, not that day itself", async () => {
    const { as_of: today } = await system.call("invoicing.previewBilling", {});
    await expect(
      system.call("invoicing.previewBilling", { as_of: addDays(today, 367) }),
    ).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field: "as_of", message: expect.stringContaining(addDays(today, 366)) }] },
    });
    expect((await system.call("invoicing.previewBilling", { as_of: addDays(today, 366) })).items).toEqual([]);
  });

  it("is for staff", async () => {
    await expect(system.as(user(randomUUID()))("invoicing.previewBilling", {})).rejects.toMatchObject({
      code: 403,
    });
    await expect(system.as({ kind: "anonymous" })("invoicing.previewBilling", {})).rejects.toMatchObject({
      code: 401,
    });
  });
});

describe("the limits of a run", () => {
  beforeEach(async () => {
    for (const plan_id of [basic, basic, euro]) await subscribe("2026-01-10", { plan: plan_id });
    await system.drain();
  });

  it.each<[string, Limits]>([
    ["as many invoices as are previewed", { max_count: 3 }],
    ["as much money as is previewed", { max_total: { usd: 20_000, eur: 20_000 } }],
    ["more of both", { max_count: 100, max_total: { usd: 1_000_000, eur: 1_000_000, jpy: 5 } }],
  ])("let it issue everything: %s", async (_, limits) => {
    expect(await run("2026-01-10", limits)).toMatchObject({
      status: "done",
      counts: { issued: 3 },
      error: null,
      ...limits,
    });
    expect(await invoiceCount()).toBe(3);
  });

  it.each<[string, Limits, string]>([
    ["fewer invoices", { max_count: 2 }, "3 invoices, more than max_count 2"],
    ["none at all", { max_count: 0 }, "3 invoices, more than max_count 0"],
    ["less money", { max_total: { usd: 19_999, eur: 20_000 } }, "200.00 usd, more than max_total 199.99 usd"],
    [
      "money of another currency",
      { max_total: { usd: 20_000 } },
      "200.00 eur, a currency that max_total does not name",
    ],
  ])("that are exceeded make it issue nothing and say why: %s", async (_, limits, why) => {
    const { status, error, counts } = await run("2026-01-10", limits);
    expect({ status, counts }).toEqual({ status: "failed", counts: { due: 3, issued: 0, parked: 0 } });
    expect(error).toBe(`The run would issue ${why}. Nothing was issued.`);
    expect(await invoiceCount()).toBe(0);
    const { rows } = await system
      .db("invoicing")
      .raw("SELECT payload->>'status' AS status FROM outbox WHERE type = 'billing_run.finished'");
    expect(rows).toEqual([{ status: "failed" }]);
    expect(await run("2026-01-10")).toMatchObject({ status: "done", counts: { issued: 3 } });
  });

  it("count every missed period, and what became known a moment ago", async () => {
    expect(await run("2026-03-10", { max_count: 8 })).toMatchObject({ status: "failed", counts: { due: 9 } });
    await subscribe("2026-03-10");
    expect(await run("2026-03-10", { max_count: 9 })).toMatchObject({
      status: "failed",
      error: expect.stringContaining("10 invoices"),
    });
    expect(await run("2026-03-10", { max_count: 10 })).toMatchObject({
      status: "done",
      counts: { issued: 10 },
    });
  });

  it("hold for each of several runs at once: together they issue everything once, or nothing", async () => {
    const start = (max_count: number) =>
      system.call("invoicing.startBillingRun", { kind: "generate_invoices", as_of: "2026-02-10", max_count });
    const tooFew = await Promise.all([1, 2, 3, 4].map(() => start(5)));
    await system.drain();
    expect(await invoiceCount()).toBe(0);
    const enough = await Promise.all([1, 2, 3, 4].map(() => start(6)));
    await system.drain();
    expect(await invoiceCount()).toBe(6);
    const { items } = await system.call("invoicing.listBillingRuns", {});
    const statusOf = (runs: { id: string }[]) =>
      runs.map(({ id }) => items.find((each) => each.id === id)?.status);
    expect(statusOf(tooFew)).toEqual(["failed", "failed", "failed", "failed"]);
    expect(statusOf(enough)).toEqual(["done", "done", "done", "done"]);
  });

  it.each<[string, Limits]>([
    ["max_count", { max_count: 3 }],
    ["max_total", { max_total: { usd: 30_000, eur: 20_000 } }],
  ])("hold over a takeover: what the run had issued counts (%s)", async (_, limits) => {
    await system.db("invoicing").raw(
      `INSERT INTO billing_runs (kind, as_of, status, started_at, heartbeat_at, counts,
                                 issued_minor, max_count, max_total)
       VALUES ('generate_invoices', '2026-01-10', 'running', now(), now() - interval '1 minute',
               '{"issued": 1}', '{"usd": 10001}', ?, ?)`,
      [limits.max_count ?? null, limits.max_total === undefined ? null : JSON.stringify(limits.max_total)],
    );
    await system.drain();
    const [taken] = (await system.call("invoicing.listBillingRuns", {})).items;
    expect(taken).toMatchObject({
      status: "failed",
      error: expect.stringMatching(/^The run would issue .* 1 invoices were issued\.$/),
    });
    expect(await invoiceCount()).toBe(0);
  });

  it("hold when more becomes due during the run: the page beyond them is not written", async () => {
    await system.db("invoicing").raw(
      `INSERT INTO billables
         (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_start)
       SELECT uuidv7(), uuidv7(), ?, '2026-01-01', '2026-01-01', '2026-01-10', '1 month', '2026-01-10'
       FROM generate_series(1, 5500)`,
      [basic],
    );
    const order = { kind: "generate_invoices", as_of: "2026-01-10", max_count: 5503 } as const;
    // Somebody else has the counter, so that the run waits after it has made its preview.
    const { id } = await system.db("invoicing").transaction(async (trx) => {
      await trx.raw("SELECT FROM invoice_counter FOR UPDATE");
      const started = await system.call("invoicing.startBillingRun", order);
      await eventually(() =>
        someRow(
          "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        ),
      );
      await subscribe("2026-01-10");
      await eventually(() => someRow("SELECT FROM billables HAVING count(*) = 5504"));
      return started;
    });
    await system.drain();
    expect(await system.call("invoicing.getBillingRun", { id })).toMatchObject({
      status: "failed",
      counts: { issued: 5000 },
      error:
        "More became due while the run went on: it would issue 5504 invoices, more than max_count 5503. " +
        "It stopped at 5000 invoices.",
    });
    expect(await invoiceCount()).toBe(5000);
  });

  it("are refused when negative, unreadable, or for a run that issues nothing", async () => {
    const start = (params: object) => system.call("invoicing.startBillingRun", params as never);
    const generate = { kind: "generate_invoices" };
    for (const [params, field] of [
      [{ ...generate, max_count: -1 }, "max_count"],
      [{ ...generate, max_count: 1.5 }, "max_count"],
      [{ ...generate, max_count: "3" }, "max_count"],
      [{ ...generate, max_count: 2 ** 31 }, "max_count"],
      [{ ...generate, max_total: { usd: -1 } }, "max_total.usd"],
      [{ ...generate, max_total: 5 }, "max_total"],
      [{ ...generate, max_sum: 5 }, "max_sum"],
      [{ kind: "mark_overdue", max_count: 1 }, "max_count"],
      [{ kind: "send_reminders", max_total: { usd: 1 } }, "max_total"],
      [{ ...generate, as_of: "1969-12-31" }, "as_of"],
    ] as const) {
      await expect(start(params)).rejects.toMatchObject({ code: 400, data: { errors: [{ field }] } });
    }
    expect((await system.call("invoicing.listBillingRuns", {})).items).toEqual([]);
    expect(await invoiceCount()).toBe(0);
  });
});

describe("the progress of a run", () => {
  it("shows what is due, issued and parked, how fast it goes, and when it will be done", async () => {
    await system.db("invoicing").raw(
      `INSERT INTO billing_runs (kind, as_of, status, started_at, heartbeat_at, counts)
       VALUES ('generate_invoices', '2026-01-10', 'running',
               now() - interval '10 seconds', now() + interval '1 hour',
               '{"due": 4000, "issued": 990, "parked": 10}')`,
    );
    const [running] = (await system.call("invoicing.listBillingRuns", {})).items;
    expect(running).toMatchObject({ status: "running", counts: { due: 4000, issued: 990, parked: 10 } });
    expect(running?.rate).toBeGreaterThan(70);
    expect(running?.rate).toBeLessThan(99.5);
    // 3000 to go at 99 per second or less, ten seconds and a little after the start
    const left_ms = Date.parse(running?.estimated_finish ?? "") - Date.parse(running?.started_at ?? "");
    expect(left_ms).toBeGreaterThanOrEqual(40_000);
    expect(left_ms).toBeLessThan(70_000);
  });

  it("has no rate or estimate before it starts or issues anything, and no estimate at the end", async () => {
    await subscribe("2026-01-10");
    const waiting = await system.call("invoicing.startBillingRun", {
      kind: "generate_invoices",
      as_of: "2026-01-10",
    });
    expect(waiting).toMatchObject({ rate: null, estimated_finish: null, max_count: null, max_total: null });
    await system.drain();
    const { rate, ...ended } = await system.call("invoicing.getBillingRun", { id: waiting.id });
    expect(rate).toBeGreaterThan(0);
    expect(ended).toMatchObject({
      status: "done",
      estimated_finish: null,
      counts: { due: 1, issued: 1, parked: 0 },
    });
    const marking = await system.call("invoicing.startBillingRun", { kind: "mark_overdue" });
    await system.drain();
    expect(await system.call("invoicing.getBillingRun", { id: marking.id })).toMatchObject({
      rate: null,
      estimated_finish: null,
    });
  });

  it("grows with each page, before the run has ended", async () => {
    await system.db("invoicing").raw(
      `INSERT INTO billables
         (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_start)
       SELECT uuidv7(), uuidv7(), ?, '2026-01-01', '2026-01-01', '2026-01-10', '1 month', '2026-01-10'
       FROM generate_series(1, 5)`,
      [basic],
    );
    const [row] = await system
      .db("invoicing")("billing_runs")
      .insert({
        kind: "generate_invoices",
        as_of: "2026-01-10",
        status: "running",
        started_at: "2026-01-10",
        heartbeat_at: "2999-01-01",
        counts: { due: 5 },
      })
      .returning("id");
    const start = "0001-01-01";
    await billPage(
      system.db("invoicing"),
      {
        kind: "due",
        asOf: "2026-01-10",
        after: { start, subscriptionId: "00000000-0000-0000-0000-000000000000" },
        limit: 3,
      },
      { zone: "UTC", dueDays: 7, runId: row.id },
    );
    expect((await system.call("invoicing.getBillingRun", { id: row.id })).counts).toEqual({
      due: 5,
      issued: 3,
      parked: 0,
    });
  });
});

describe("at the console", () => {
  /** What an operator sees of a verb; what is drawn, and gives way to the next line, is left out. */
  async function typed(verb: string, ...words: string[]): Promise<string[]> {
    const lines: string[] = [];
    await billing.verbs[verb]?.run(
      { call: system.call, print: (line) => lines.push(...line.split("\n")), draw: () => {} },
      words,
    );
    return lines;
  }

  beforeEach(async () => {
    for (const plan_id of [basic, basic, euro, unpriced]) await subscribe("2026-01-10", { plan: plan_id });
    await run("2026-01-10");
    await price(basic, 9_000, "2026-01-20T00:00:00Z");
    await price(euro, 30_000, "2026-01-20T00:00:00Z", "eur");
    await system.drain();
  });

  it("`billing preview` sums up what a run would do", async () => {
    expect(await typed("preview", "2026-02-10")).toEqual([
      "A billing run as of 2026-02-10 would issue 3 invoices.",
      "Total",
      "  currency  invoices  amount  last billed  difference",
      "  eur       1         300.00  200.00       +100.00",
      "  usd       2         180.00  200.00       -20.00",
      "By plan",
      "  plan   currency  invoices  amount  last billed  difference",
      "  Euro   eur       1         300.00  200.00       +100.00",
      "  Basic  usd       2         180.00  200.00       -20.00",
      "Cannot be billed",
      "  subscriptions  reason",
      `  1              plan ${unpriced} has no price that was in force by then`,
    ]);
    expect(await typed("preview", "2026-01-09")).toEqual([
      "A billing run as of 2026-01-09 would issue 0 invoices.",
      "No subscription's first period has started by 2026-01-09.",
    ]);
  });

  it("`billing run` takes limits, and says why it issued nothing", async () => {
    const refused = "The run would issue 3 invoices, more than max_count 2. Nothing was issued.";
    await expect(typed("run", "generate_invoices", "2026-02-10", "--max-count", "2")).rejects.toThrow(
      refused,
    );
    const beyond = "The run would issue 300.00 eur, more than max_total 299.99 eur. Nothing was issued.";
    await expect(
      typed("run", "generate_invoices", "2026-02-10", "--max-total=usd=180", "--max-total", "eur=299.99"),
    ).rejects.toThrow(beyond);
    expect(await invoiceCount()).toBe(3);
    const said = await typed(
      "run",
      "--max-count=3",
      "--max-total=usd=180",
      "--max-total=eur=300",
      "generate_invoices",
      "2026-02-10",
    );
    expect(said.at(-1)).toMatch(
      /^generate_invoices as of 2026-02-10: done, due 5, issued 3, parked 1, [\d.]+ per second$/,
    );
    expect(await invoiceCount()).toBe(6);
  });

  it.each([
    ["run", "--max-count", "-1"],
    ["run", "--max-count=many"],
    ["run", "--max-total=5"],
    ["run", "--max-total=usd=-5"],
    ["run", "--max-total=jpy=1.5"],
    ["run", "--max"],
    ["run", "everything"],
    ["run", "mark_overdue", "2026-01-01", "x"],
    ["preview", "2026-01-01", "x"],
  ])("what cannot be meant is answered with how it is written: %s %s %s", async (...words) => {
    const [verb = "", ...rest] = words;
    await expect(typed(verb, ...rest)).rejects.toThrow(/Usage|--max-total .+: /);
    expect((await system.call("invoicing.listBillingRuns", {})).items).toHaveLength(1);
  });

  it.each([
    [
      { due: 3000, issued: 990, parked: 10 },
      500,
      "[##########--------------------]  33 %  1000 of 3000  500 per second  4 s left",
    ],
    [{ due: 3000, issued: 0, parked: 0 }, 0, "[------------------------------]  0 %  0 of 3000"],
    [{ due: 0, issued: 0, parked: 0 }, 0, "[##############################]  100 %  0 of 0"],
    [
      { due: 5, issued: 9, parked: 0 },
      3,
      "[##############################]  100 %  5 of 5  3 per second  0 s left",
    ],
    [{}, null, "waiting …"],
  ])("a run that has counted %j at %s per second is drawn as a bar", (counts, rate, bar) => {
    expect(progressBar({ counts, rate } as unknown as BillingRun)).toBe(bar);
  });
});
