import { randomUUID } from "node:crypto";
import { period, type Interval } from "../../../shared/time";
import { billPage } from "../../../services/invoicing/queries/bill-page";
import { fakeProducer, type FakeProducer } from "../../support/fake-producer";
import { eventually, startSystem, user, type System } from "../../support/system";
import { payloadsOf } from "../../support/events";

let system: System;
let catalog: FakeProducer<"catalog">;
let subscriptions: FakeProducer<"subscriptions">;
let cron: FakeProducer<"cron">;

const plan = randomUUID();

beforeAll(async () => {
  system = await startSystem({ services: ["invoicing"] });
  await fakeAround(system);
  await catalog.append("plan.created", {
    id: plan,
    name: "Pro",
    currency: "usd",
    interval: "month",
    interval_count: 1,
    product: "default",
    trial_days: 0,
    archived: false,
  });
});
afterAll(() => system.stop());

beforeEach(async () => {
  await price(49_900, "1970-01-01T00:00:00Z");
  await system.drain();
});
afterEach(async () => {
  await system.drain();
  await system.db("invoicing").raw(
    `TRUNCATE billables, plan_prices, billing_runs, charges, invoices, outbox;
       UPDATE invoice_counter SET last_sequence = 0`,
  );
});

/** The producers whose feeds invoicing reads, without the services behind them. */
async function fakeAround({ broker }: System): Promise<void> {
  [catalog, subscriptions, cron] = [
    await fakeProducer(broker, "catalog"),
    await fakeProducer(broker, "subscriptions"),
    await fakeProducer(broker, "cron"),
  ];
  await fakeProducer(broker, "identity");
  await fakeProducer(broker, "payments");
  await fakeProducer(broker, "notifications");
}

const price = (amount_minor: number, effective_from: string, plan_id = plan) =>
  catalog.append("plan.price_set", { plan: plan_id, amount_minor, currency: "usd", effective_from });

async function subscribe(fields: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await subscriptions.append("subscription.created", {
    id,
    customer: randomUUID(),
    product: "default",
    plan,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    start_date: "2026-01-31",
    end_date: null,
    subscribed_at: "2026-01-31T09:00:00Z",
    created_on: "2026-01-31",
    ...fields,
  });
  return id;
}

async function billUpTo(as_of: string): Promise<void> {
  await cron.append("billing.invoices_due", { as_of });
  await system.drain();
}

const invoicesOf = async (subscription_id: string) =>
  (
    await system.call("invoicing.listInvoices", { subscription: subscription_id, limit: 200 })
  ).items.reverse();
const startsOf = async (subscription_id: string) =>
  (await invoicesOf(subscription_id)).map((invoice) => invoice.period_start);
const amountsOf = async (subscription_id: string) =>
  (await invoicesOf(subscription_id)).map((invoice) => invoice.amount_minor);
const outbox = (type: string) => payloadsOf(system, "invoicing", type);
const numbers = async () =>
  (
    await system
      .db("invoicing")
      .raw<{ rows: { sequence: number }[] }>("SELECT sequence FROM invoices ORDER BY 1")
  ).rows.map((row) => row.sequence);

describe("issuing", () => {
  it("bills a subscription that starts today at once, with a line and an event", async () => {
    const id = await subscribe();
    await system.drain();
    const [invoice] = await invoicesOf(id);
    expect(invoice).toMatchObject({
      number: "INV-00000001",
      period_start: "2026-01-31",
      period_end: "2026-02-28",
      amount_minor: 49_900,
      currency: "usd",
      status: "pending",
      issue_date: "2026-01-31",
      due_date: "2026-02-07",
      paid_at: null,
    });
    const full = await system.call("invoicing.getInvoice", { id: invoice?.id ?? "" });
    expect(full.lines).toEqual([
      {
        item: "base",
        charge: null,
        description: "Pro, 31 January 2026 to 27 February 2026",
        period_start: "2026-01-31",
        period_end: "2026-02-28",
        quantity: 1,
        discount_minor: 0,
        unit_amount_minor: 49_900,
        amount_minor: 49_900,
      },
    ]);
    expect(await outbox("invoice.issued")).toMatchObject([
      { id: invoice?.id, number: "INV-00000001", status: "pending", subscription: id },
    ]);
  });

  it("tells of the invoices of one page in the order of their numbers", async () => {
    for (let n = 0; n < 8; n++) await subscribe();
    await system.drain();
    const told = (await outbox("invoice.issued")).map(({ number }) => String(number));
    expect(told).toHaveLength(8);
    expect(told).toEqual([...told].sort());
  });

  it("bills at once every period that has started by the day of subscribing, that day too", async () => {
    const id = await subscribe({ start_date: "2025-12-31", created_on: "2026-01-31" });
    await system.drain();
    expect(await startsOf(id)).toEqual(["2025-12-31", "2026-01-31"]);
  });

  it("needs no one to drain it: the doorbell is enough", async () => {
    const id = await subscribe();
    expect((await eventually(async () => (await invoicesOf(id))[0])).period_start).toBe("2026-01-31");
  });

  it("bills every missed period, once each, from the original anchor", async () => {
    const id = await subscribe();
    await system.drain();
    await billUpTo("2026-05-31");
    expect(await startsOf(id)).toEqual([
      "2026-01-31",
      "2026-02-28",
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
    ]);
    await billUpTo("2026-05-31");
    expect(await startsOf(id)).toHaveLength(5);
    expect((await invoicesOf(id)).map((invoice) => invoice.issue_date)).toEqual([
      "2026-01-31",
      ...Array(4).fill("2026-05-31"),
    ]);
  });

  it("bills nothing before its day", async () => {
    const id = await subscribe({ start_date: "2026-03-10", created_on: "2026-03-01" });
    await billUpTo("2026-03-09");
    expect(await startsOf(id)).toEqual([]);
    await billUpTo("2026-03-10");
    expect(await startsOf(id)).toEqual(["2026-03-10"]);
  });

  it("gives numbers without gaps where some of a page have no price", async () => {
    const starts = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"];
    const ids: string[] = [];
    for (const [index, start_date] of starts.entries()) {
      const priceless = index % 2 === 0 ? {} : { plan: randomUUID() };
      ids.push(await subscribe({ start_date, created_on: "2026-02-20", ...priceless }));
    }
    await billUpTo("2026-03-05");
    const issued = async () => (await Promise.all(ids.map(invoicesOf))).flat().map(({ number }) => number);
    expect(await issued()).toEqual(["INV-00000001", "INV-00000002", "INV-00000003"]);
    ids.push(await subscribe({ start_date: "2026-03-06", created_on: "2026-02-20" }));
    await billUpTo("2026-03-06");
    expect((await issued()).at(-1)).toBe("INV-00000004");
  });

  it("lets a trial pass before the first period", async () => {
    const id = await subscribe({ start_date: "2026-03-01", created_on: "2026-03-01", trial_days: 14 });
    await billUpTo("2026-03-14");
    expect(await startsOf(id)).toEqual([]);
    await billUpTo("2026-03-15");
    expect(await startsOf(id)).toEqual(["2026-03-15"]);
  });

  it("bills no period that starts on or after the end, and all before it", async () => {
    const id = await subscribe({
      start_date: "2026-01-15",
      end_date: "2026-03-15",
      created_on: "2026-01-15",
    });
    await billUpTo("2026-06-01");
    expect(await startsOf(id)).toEqual(["2026-01-15", "2026-02-15"]);
  });

  it("counts a cancellation that was made a second ago", async () => {
    const id = await subscribe({ start_date: "2026-01-15", created_on: "2026-01-15" });
    await system.drain();
    await subscriptions.append("subscription.cancelled", {
      id,
      customer: randomUUID(),
      product: "default",
      plan,
      end_date: "2026-03-15",
    });
    await billUpTo("2026-04-20");
    expect(await startsOf(id)).toEqual(["2026-01-15", "2026-02-15"]);
  });

  it("ends at the earliest of several ends that come at once", async () => {
    const id = await subscribe({ start_date: "2026-01-15", created_on: "2026-01-15" });
    await system.drain();
    for (const end_date of ["2026-04-15", "2026-02-15", "2026-03-15"])
      await subscriptions.append("subscription.cancelled", {
        id,
        customer: randomUUID(),
        product: "default",
        plan,
        end_date,
      });
    await billUpTo("2026-05-20");
    expect(await startsOf(id)).toEqual(["2026-01-15"]);
  });

  it("bills nothing to who cancels before the first period starts", async () => {
    const id = await subscribe({ start_date: "2026-03-10", created_on: "2026-03-01" });
    await subscriptions.append("subscription.cancelled", {
      id,
      customer: randomUUID(),
      product: "default",
      plan,
      end_date: "2026-03-10",
    });
    await billUpTo("2026-12-31");
    expect(await startsOf(id)).toEqual([]);
  });

  it("bills nothing after a cancellation that comes before the agreed end", async () => {
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      end_date: "2026-12-15",
    });
    await subscriptions.append("subscription.cancelled", {
      id,
      customer: randomUUID(),
      product: "default",
      plan,
      end_date: "2026-02-20",
    });
    await billUpTo("2026-12-31");
    expect(await startsOf(id)).toEqual(["2026-01-15", "2026-02-15"]);
  });

  it("never lets an end that comes late prolong a subscription", async () => {
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      end_date: "2026-02-15",
    });
    await subscriptions.append("subscription.expired", {
      id,
      customer: randomUUID(),
      product: "default",
      plan,
      end_date: "2026-09-01",
    });
    await billUpTo("2026-12-31");
    expect(await startsOf(id)).toEqual(["2026-01-15"]);
  });

  it("issues an invoice of amount 0 as paid", async () => {
    const free = randomUUID();
    await price(0, "1970-01-01T00:00:00Z", free);
    const id = await subscribe({ plan: free });
    await system.drain();
    expect(await invoicesOf(id)).toMatchObject([
      { amount_minor: 0, status: "paid", paid_at: "2026-01-31T00:00:00Z" },
    ]);
  });

  it.each<[Interval, number, string]>([
    ["day", 1, "2026-02-27"],
    ["day", 10, "2026-02-27"],
    ["week", 2, "2025-12-29"],
    ["month", 1, "2026-01-31"],
    ["month", 3, "2025-11-30"],
    ["year", 1, "2024-02-29"],
  ])(
    "numbers periods of every %s × %i from %s as shared/time does",
    async (interval, interval_count, start_date) => {
      const id = await subscribe({ interval, interval_count, start_date, created_on: start_date });
      await billUpTo("2026-07-01");
      const expected = [];
      for (let n = 0; period(start_date, interval, interval_count, n).start <= "2026-07-01"; n++) {
        expected.push(period(start_date, interval, interval_count, n));
      }
      expect(
        (await invoicesOf(id)).map(({ period_start: start, period_end: end }) => ({ start, end })),
      ).toEqual(expected);
    },
  );
});

describe("the price", () => {
  it("is the one in force when the period starts; a change counts from the next period", async () => {
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      subscribed_at: "2026-01-15T09:00:00Z",
    });
    await system.drain();
    await price(59_900, "2026-02-15T10:00:00Z");
    await billUpTo("2026-03-15");
    expect(await amountsOf(id)).toEqual([49_900, 49_900, 59_900]);
  });

  it("of one moment that was set several times is the last one", async () => {
    for (const amount of [59_900, 79_900, 69_900]) await price(amount, "2026-01-15T08:00:00Z");
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      subscribed_at: "2026-01-15T09:00:00Z",
    });
    await system.drain();
    expect(await amountsOf(id)).toEqual([69_900]);
  });

  it("is that of the moment of subscribing for the first period", async () => {
    await price(59_900, "2026-01-15T08:00:00Z");
    await price(69_900, "2026-01-15T10:00:00Z");
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      subscribed_at: "2026-01-15T09:00:00Z",
    });
    await system.drain();
    expect(await amountsOf(id)).toEqual([59_900]);
  });

  it("of a missed period is the one of that time, not today's", async () => {
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      subscribed_at: "2026-01-15T00:00:00Z",
    });
    await price(10_000, "2026-02-20T00:00:00Z");
    await price(20_000, "2026-03-20T00:00:00Z");
    await billUpTo("2026-04-15");
    expect(await amountsOf(id)).toEqual([49_900, 49_900, 10_000, 20_000]);
  });

  it("begins its day in the billing zone", async () => {
    const here = [system, catalog, subscriptions, cron] as const;
    system = await startSystem({ services: ["invoicing"], env: { BILLING_TIMEZONE: "America/New_York" } });
    await fakeAround(system);
    await price(49_900, "1970-01-01T00:00:00Z");
    const id = await subscribe({
      start_date: "2026-01-15",
      created_on: "2026-01-15",
      subscribed_at: "2026-01-15T14:00:00Z",
    });
    // 15 February begins in New York at 05:00 UTC.
    await price(59_900, "2026-02-15T04:59:00Z");
    await price(69_900, "2026-03-15T04:01:00Z");
    await billUpTo("2026-03-15");
    const amounts = await amountsOf(id);
    await system.stop();
    [system, catalog, subscriptions, cron] = here;
    expect(amounts).toEqual([49_900, 59_900, 59_900]);
  });

  it("that is missing parks the subscription, and the run goes on; a later run bills it", async () => {
    const orphan = randomUUID();
    const parked = await subscribe({ plan: orphan });
    const fine = await subscribe();
    await system.drain();
    const run = await system.call("invoicing.startBillingRun", { kind: "generate_invoices" });
    await system.drain();
    expect(await system.call("invoicing.getBillingRun", { id: run.id })).toMatchObject({
      status: "done",
      counts: { parked: 1 },
    });
    expect(await startsOf(parked)).toEqual([]);
    expect((await startsOf(fine))[0]).toBe("2026-01-31");
    const [row] = await system.db("invoicing")("billables").where({ subscription_id: parked });
    expect(row).toMatchObject({ parked_error: expect.stringContaining(orphan) });

    await price(1_000, "1970-01-01T00:00:00Z", orphan);
    await billUpTo("2026-01-31");
    expect(await amountsOf(parked)).toEqual([1_000]);
  });
});

describe("a billing run", () => {
  it("parks the one billable that violates a constraint and bills the others of its page", async () => {
    const bad = await subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" });
    const good = await Promise.all(
      [1, 2, 3].map(() => subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" })),
    );
    await system.drain();
    await system.db("invoicing").raw(
      `INSERT INTO invoices (sequence, subscription_id, customer_id, plan_id, period_index, period_start,
                             period_end, lines, subtotal_minor, amount_minor, currency, issue_date, due_date,
                             status)
       VALUES (999, ?, ?, ?, 0, '2026-01-20', '2026-02-20', '[]', 1, 1, 'usd', '2026-01-20', '2026-01-27',
               'pending')`,
      [bad, randomUUID(), plan],
    );
    await billUpTo("2026-02-01");
    for (const id of good) expect(await startsOf(id)).toEqual(["2026-02-01"]);
    const [row] = await system.db("invoicing")("billables").where({ subscription_id: bad });
    expect(row).toMatchObject({
      parked_error: 'duplicate key value violates unique constraint "one_invoice_per_period"',
      next_start: "2026-02-01",
    });
    expect(await numbers()).toEqual([1, 2, 3, 999]);
  });

  it.each([
    ["was not moved on", { next_index: 1, next_start: "2026-03-01" }],
    ["comes from an older backup", { next_index: 0, next_start: "2026-02-01" }],
    ["has an index that is too high", { next_index: 5, next_start: "2026-03-01" }],
    ["has an index that is too low", { next_index: 0, next_start: "2026-04-01" }],
    ["has a start between two periods", { next_index: 2, next_start: "2026-03-15" }],
  ])("bills no day twice for a billable that %s, and the preview says so", async (_, fault) => {
    const id = await subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" });
    const good = await subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" });
    await billUpTo("2026-03-01");
    await system.db("invoicing")("billables").where({ subscription_id: id }).update(fault);
    await billUpTo("2026-04-01");
    expect(await startsOf(id)).toEqual(["2026-02-01", "2026-03-01"]);
    expect(await startsOf(good)).toEqual(["2026-02-01", "2026-03-01", "2026-04-01"]);
    expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
    const preview = await system.call("invoicing.previewBilling", { as_of: "2026-04-01" });
    expect(preview.summary).toMatchObject({ count: 0, parked: [{ count: 1 }] });
  });

  it("counts what was due and what became of it, and tells so", async () => {
    for (let n = 0; n < 3; n++) await subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" });
    const eventId = await cron.append("billing.invoices_due", { as_of: "2026-03-01" });
    await system.drain();
    const { items } = await system.call("invoicing.listBillingRuns", {});
    expect(items).toMatchObject([
      {
        kind: "generate_invoices",
        as_of: "2026-03-01",
        status: "done",
        counts: { due: 6, issued: 6, parked: 0 },
        error: null,
      },
    ]);
    expect(await outbox("billing_run.finished")).toMatchObject([
      { id: items[0]?.id, status: "done", counts: { issued: 6 } },
    ]);
    const repeated = cron.events.find((event) => event.id === eventId);
    cron.events.push({ ...(repeated as (typeof cron.events)[number]), seq: cron.events.length + 1 });
    await system.drain();
    expect((await system.call("invoicing.listBillingRuns", {})).items).toHaveLength(1);
  });

  it("beside nine others bills everything once, with numbers that have no gap", async () => {
    await system.db("invoicing").raw(
      `INSERT INTO billables
         (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_start)
       SELECT uuidv7(), uuidv7(), ?, '2026-01-01', '2026-01-01', '2026-01-01', '1 month', '2026-01-01'
       FROM generate_series(1, 3000)`,
      [plan],
    );
    const others = await Promise.all(
      [1, 2].map((n) =>
        startSystem({
          services: ["invoicing"],
          databaseUrl: system.databaseUrl,
          broker: { nodeID: `other-${n}` },
        }),
      ),
    );
    const here = [catalog, subscriptions, cron] as const;
    for (const other of others) await fakeAround(other);
    [catalog, subscriptions, cron] = here;
    await system.drain();
    await Promise.all(
      [system, ...others].flatMap((one) =>
        [1, 2, 3].map(() =>
          one.call("invoicing.startBillingRun", { kind: "generate_invoices", as_of: "2026-02-01" }),
        ),
      ),
    );
    await Promise.all([system, ...others].map((one) => one.drain()));
    await eventually(async () => {
      const { items } = await system.call("invoicing.listBillingRuns", { limit: 200 });
      return items.length === 9 && items.every((run) => run.status === "done") ? true : undefined;
    }, 20_000);
    expect(await numbers()).toEqual(Array.from({ length: 6000 }, (_, n) => n + 1));
    const { rows } = await system.db("invoicing").raw(
      `SELECT count(*) AS twice
         FROM (SELECT FROM invoices GROUP BY subscription_id, period_start HAVING count(*) > 1) AS d`,
    );
    expect(rows).toEqual([{ twice: 0 }]);
    for (const other of others) await other.stop();
  });

  it("that was left running by a process that died is taken over", async () => {
    const id = await subscribe({ start_date: "2026-02-01", created_on: "2026-01-31" });
    await system.db("invoicing").raw(
      `INSERT INTO billing_runs (kind, as_of, status, started_at, heartbeat_at, counts)
       VALUES ('generate_invoices', '2026-02-01', 'running',
               now() - interval '1 minute', now() - interval '1 minute', '{"issued": 4}')`,
    );
    await system.drain();
    expect(await startsOf(id)).toEqual(["2026-02-01"]);
    expect((await system.call("invoicing.listBillingRuns", {})).items).toMatchObject([
      { status: "done", counts: { issued: 5 } },
    ]);
  });

  it("whose page is repeated after its commit issues nothing more", async () => {
    await subscribe();
    await system.drain();
    const again = await billPage(
      system.db("invoicing"),
      {
        kind: "due",
        asOf: "2026-01-31",
        after: { start: "0001-01-01", subscriptionId: "00000000-0000-0000-0000-000000000000" },
        limit: 1000,
      },
      { zone: "UTC", dueDays: 7, runId: null },
    );
    expect(again).toEqual({ claimed: 0, issued: 0, parked: 0, last: null });
  });

  it("refuses a day after today, naming the field, and an unknown kind", async () => {
    const staff = system.as(user(randomUUID(), { staff: true }));
    await expect(
      staff("invoicing.startBillingRun", { kind: "generate_invoices", as_of: "9999-01-01" }),
    ).rejects.toMatchObject({
      code: 400,
      type: "request.invalid",
      data: { errors: [{ field: "as_of" }] },
    });
    await expect(staff("invoicing.startBillingRun", { kind: "everything" as never })).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field: "kind" }] },
    });
    expect((await staff("invoicing.listBillingRuns", {})).items).toEqual([]);
  });

  it("is for staff", async () => {
    const customer = system.as(user(randomUUID()));
    await expect(customer("invoicing.startBillingRun", { kind: "generate_invoices" })).rejects.toMatchObject({
      code: 403,
    });
    await expect(customer("invoicing.listBillingRuns", {})).rejects.toMatchObject({ code: 403 });
    await expect(system.as({ kind: "anonymous" })("invoicing.listBillingRuns", {})).rejects.toMatchObject({
      code: 401,
    });
  });

  it.each([
    ["generate_invoices", "1970-03-31", "before 1970-04-01"],
    ["mark_overdue", "1970-03-31", "before 1970-04-01"],
    ["send_reminders", "1970-01-01", "before 1970-04-01"],
    ["send_reminders", "2025-01-29", "more than 366 days before today"],
    ["send_reminders", "9999-12-31", "after today"],
  ] as const)("of kind %s is refused for %s", async (kind, as_of, why) => {
    const refused = {
      code: 400,
      data: { errors: [{ field: "as_of", message: expect.stringContaining(why) }] },
    };
    await expect(system.call("invoicing.startBillingRun", { kind, as_of })).rejects.toMatchObject(refused);
  });

  it("for reminders asks for them and is done when they are planned", async () => {
    const notifications = system.broker.getLocalService("notifications");
    expect(notifications).toBeDefined();
    const run = await system.call("invoicing.startBillingRun", {
      kind: "send_reminders",
      as_of: "2026-01-31",
    });
    expect(run.status).toBe("running");
    expect(await outbox("billing_run.reminders_requested")).toEqual([
      { run_id: run.id, as_of: "2026-01-31" },
    ]);
    await system.drain();
    expect((await system.call("invoicing.getBillingRun", { id: run.id })).status).toBe("running");
  });
});
