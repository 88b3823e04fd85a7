import { randomUUID } from "node:crypto";
import { invoiceStates } from "../../../services/invoicing/domain/invoice.state";
import { runStates } from "../../../services/invoicing/domain/billing-run.state";
import { invoiceStatus } from "../../../shared/contracts/invoicing";
import { fakeProducer, type FakeProducer } from "../../support/fake-producer";
import { eventually, startSystem, user, type System } from "../../support/system";
import { storedLines } from "../../support/invoices";

let system: System;
let payments: FakeProducer<"payments">;
let cron: FakeProducer<"cron">;
let notifications: FakeProducer<"notifications">;
let sequence = 0;

beforeAll(async () => {
  system = await startSystem({ services: ["invoicing"] });
  payments = await fakeProducer(system.broker, "payments");
  cron = await fakeProducer(system.broker, "cron");
  notifications = await fakeProducer(system.broker, "notifications");
  for (const name of ["identity", "catalog", "subscriptions"] as const)
    await fakeProducer(system.broker, name);
});
afterAll(() => system.stop());

/** An invoice as a billing run would have left it. */
async function invoice(
  fields: Record<string, unknown> = {},
  amount_minor = 49_900,
): Promise<{ id: string; customer_id: string; number: string }> {
  const [row] = await system
    .db("invoicing")("invoices")
    .insert({
      sequence: ++sequence,
      subscription_id: randomUUID(),
      customer_id: randomUUID(),
      plan_id: randomUUID(),
      period_index: 0,
      period_start: "2026-01-01",
      period_end: "2026-02-01",
      ...storedLines(amount_minor),
      amount_minor,
      currency: "usd",
      issue_date: "2026-01-01",
      due_date: "2026-01-08",
      status: "pending",
      ...fields,
    })
    .returning(["id", "customer_id", "number"]);
  return row as { id: string; customer_id: string; number: string };
}

const payment = (of: string, fields: Record<string, unknown> = {}) => ({
  payment_id: randomUUID(),
  invoice: of,
  stripe_payment_intent_id: `pi_${randomUUID()}`,
  amount_minor: 49_900,
  currency: "usd",
  paid_at: "2026-01-05T10:00:00.000Z",
  ...fields,
});
const paid = (invoice_id: string, fields: Record<string, unknown> = {}) =>
  payments.append("payment.succeeded", payment(invoice_id, fields));
const get = (id: string) => system.call("invoicing.getInvoice", { id });
const outbox = async (type: string, subject: string) =>
  (await system.db("invoicing")("outbox").where({ type, subject_id: subject }).select("payload")).map(
    ({ payload }) => payload as object,
  );

describe("the states of an invoice", () => {
  const legal = ["pending → paid", "pending → overdue", "overdue → paid"];
  const pairs = invoiceStatus.options.flatMap((from) =>
    invoiceStatus.options.map((to) => [from, to] as const),
  );

  it.each(pairs)("%s → %s is as the books have it", (from, to) => {
    const isLegal = legal.includes(`${from} → ${to}`);
    expect(invoiceStates.allows(from, to)).toBe(isLegal);
    expect(invoiceStates.before(to).includes(from)).toBe(isLegal);
  });

  it("of a run end with done or failed", () => {
    expect(runStates.transitions).toEqual({
      queued: ["running"],
      running: ["done", "failed"],
      done: [],
      failed: [],
    });
  });

  it("are held by Postgres too", async () => {
    await expect(invoice({ status: "void" })).rejects.toThrow(/invoices_status_check/);
    await expect(invoice({ status: "paid" })).rejects.toThrow(/invoices_check/);
    await expect(invoice({}, -1)).rejects.toThrow(/amount_minor_check/);
    await expect(invoice({ discount_minor: 1 })).rejects.toThrow(/amounts_add_up/);
    await expect(invoice({ paid_minor: 49_901 })).rejects.toThrow(/not_more_than_due/);
    await expect(invoice({ paid_minor: 49_900 })).rejects.toThrow(/paid_when_nothing_is_due/);
    const { id } = await invoice();
    const [{ subscription_id }] = await system.db("invoicing")("invoices").where({ id });
    await expect(invoice({ subscription_id })).rejects.toThrow(/one_invoice_per_period/);
    const second = { subscription_id, period_index: 1, anchor: "2026-01-01", step: "1 month" };
    await expect(
      invoice({ ...second, period_start: "2026-01-31", period_end: "2026-02-28" }),
    ).rejects.toThrow(/period_follows/);
    await expect(
      invoice({ ...second, period_start: "2026-02-01", period_end: "2026-03-01" }),
    ).resolves.toBeDefined();
  });
});

it.each([
  ["lines", "[]"],
  ["amount_minor", 1],
  ["due_date", "2027-01-01"],
  ["period_end", "2026-03-01"],
  ["customer_id", randomUUID()],
])("an issued invoice keeps its %s, whoever tries to change it", async (column, value) => {
  const { id } = await invoice();
  const change = system.db("invoicing")("invoices").where({ id }).update(column, value);
  await expect(change).rejects.toThrow("an issued invoice never changes");
});

describe("a payment", () => {
  it("makes its invoice paid, once, and tells so", async () => {
    const { id } = await invoice();
    const payment_id = randomUUID();
    await paid(id, { payment_id });
    await paid(id, { payment_id });
    await paid(id, { payment_id: randomUUID(), paid_at: "2026-01-06T10:00:00.000Z" });
    await system.drain();
    expect(await get(id)).toMatchObject({ status: "paid", paid_at: "2026-01-05T10:00:00Z" });
    expect(await outbox("invoice.paid", id)).toMatchObject([{ id, status: "paid", payment_id }]);
  });

  it("makes an overdue invoice paid", async () => {
    const { id } = await invoice({ status: "overdue" });
    await paid(id);
    await system.drain();
    expect((await get(id)).status).toBe("paid");
  });

  it.each([
    ["amount", { amount_minor: 49_899 }],
    ["currency", { currency: "eur" }],
  ])("of another %s pays nothing and is laid aside", async (_what, fields) => {
    const { id } = await invoice();
    const { id: other } = await invoice();
    const eventId = await paid(id, fields);
    await paid(other);
    await system.drain();
    expect((await get(id)).status).toBe("pending");
    expect((await get(other)).status).toBe("paid");
    expect((await system.call("invoicing.listDeadLetters", {})).map((letter) => letter.id)).toContain(
      eventId,
    );
  });

  it("that is refunded or disputed marks its invoice, which stays paid", async () => {
    const { id } = await invoice();
    await paid(id);
    const fact = {
      payment_id: randomUUID(),
      invoice: id,
      stripe_payment_intent_id: "pi_1",
      amount_minor: 49_900,
      currency: "usd",
    };
    await payments.append("payment.refunded", { ...fact, refunded_minor: 900 });
    await payments.append("payment.refunded", { ...fact, refunded_minor: 1_900 });
    await payments.append("payment.disputed", { ...fact, disputed_at: "2026-01-07T00:00:00.000Z" });
    await payments.append("payment.disputed", { ...fact, disputed_at: "2026-01-09T00:00:00.000Z" });
    await system.drain();
    expect(await get(id)).toMatchObject({
      status: "paid",
      refunded_minor: 1_900,
      disputed_at: "2026-01-07T00:00:00Z",
    });
  });
});

describe("marking overdue", () => {
  it("takes pending invoices whose due date has passed, and no others, once", async () => {
    const late = await invoice({ due_date: "2026-01-08" });
    const today = await invoice({ due_date: "2026-01-09" });
    const settled = await invoice({
      due_date: "2026-01-08",
      status: "paid",
      paid_at: "2026-01-02",
      paid_minor: 49_900,
    });
    await cron.append("billing.overdue_due", { as_of: "2026-01-09" });
    await cron.append("billing.overdue_due", { as_of: "2026-01-09" });
    await system.drain();
    expect(await Promise.all([late, today, settled].map(async ({ id }) => (await get(id)).status))).toEqual([
      "overdue",
      "pending",
      "paid",
    ]);
    expect(await outbox("invoice.overdue", late.id)).toMatchObject([
      { id: late.id, status: "overdue", due_date: "2026-01-08" },
    ]);
  });

  it("does not touch what was paid a second ago", async () => {
    const { id } = await invoice({ due_date: "2026-01-08" });
    payments.appendUnheard("payment.succeeded", payment(id));
    const run = await system.call("invoicing.startBillingRun", { kind: "mark_overdue", as_of: "2026-02-01" });
    await eventually(async () => {
      const { status } = await system.call("invoicing.getBillingRun", { id: run.id });
      return status === "done" || undefined;
    });
    expect((await get(id)).status).toBe("paid");
    expect(await outbox("invoice.overdue", id)).toEqual([]);
  });

  it("works through more than a page, and counts", async () => {
    await system.db("invoicing").raw(
      `INSERT INTO invoices (sequence, subscription_id, customer_id, plan_id,
                             period_index, period_start, period_end, lines, subtotal_minor, amount_minor,
                             currency, issue_date, due_date, status)
       SELECT 100000 + n, uuidv7(), uuidv7(), uuidv7(), 0, '2025-01-01', '2025-02-01', '[]', 1, 1,
              'usd', '2025-01-01', '2025-01-08', 'pending'
       FROM generate_series(1, 5500) n`,
    );
    const run = await system.call("invoicing.startBillingRun", { kind: "mark_overdue", as_of: "2025-01-09" });
    await system.drain();
    expect(await system.call("invoicing.getBillingRun", { id: run.id })).toMatchObject({
      status: "done",
      counts: { marked: 5500 },
    });
  });
});

it("a run for reminders fails with the reason that notifications gives", async () => {
  const run = await system.call("invoicing.startBillingRun", { kind: "send_reminders" });
  const failed = { as_of: run.as_of, error: "no such day" };
  await notifications.append("reminders.failed", { run_id: null, ...failed });
  await notifications.append("reminders.failed", { run_id: run.id, ...failed });
  await system.drain();
  expect(await system.call("invoicing.getBillingRun", { id: run.id })).toMatchObject({
    status: "failed",
    error: "no such day",
    finished_at: expect.any(String),
  });
});

it.each(["reminders.planned", "reminders.failed"] as const)(
  "%s ends no run of invoicing's own",
  async (type) => {
    const { rows } = await system.db("invoicing").raw<{ rows: { id: string }[] }>(
      `INSERT INTO billing_runs (kind, as_of, status, heartbeat_at)
     VALUES ('generate_invoices', '2025-01-01', 'running', now() + interval '1 day') RETURNING id`,
    );
    const [run] = rows;
    await notifications.append(type, { run_id: run?.id, as_of: "2025-01-01", reminded: 3, error: "forged" });
    await system.drain();
    const { status } = await system.call("invoicing.getBillingRun", { id: run?.id ?? "" });
    expect(status).toBe("running");
  },
);

it("a run for reminders is done when notifications says so", async () => {
  const run = await system.call("invoicing.startBillingRun", { kind: "send_reminders" });
  await notifications.append("reminders.planned", { run_id: run.id, as_of: run.as_of, reminded: 3 });
  await notifications.append("reminders.planned", { run_id: null, as_of: run.as_of, reminded: 9 });
  await system.drain();
  expect(await system.call("invoicing.getBillingRun", { id: run.id })).toMatchObject({
    status: "done",
    counts: { reminded: 3 },
  });
});

describe("reading", () => {
  it("shows a customer the own invoices, staff all, and nobody another's", async () => {
    const mine = await invoice();
    const other = await invoice();
    const me = system.as(user(mine.customer_id));
    expect((await me("invoicing.listInvoices", {})).items.map(({ id }) => id)).toEqual([mine.id]);
    expect((await me("invoicing.listInvoices", { customer: other.customer_id })).items).toEqual([]);
    expect((await me("invoicing.getInvoice", { id: mine.id })).number).toBe(mine.number);
    await expect(me("invoicing.getInvoice", { id: other.id })).rejects.toMatchObject({
      code: 404,
      type: "invoice.not_found",
    });
    await expect(me("invoicing.getInvoice", { id: randomUUID() })).rejects.toMatchObject({
      code: 404,
      type: "invoice.not_found",
    });
    const staff = system.as(user(randomUUID(), { staff: true }));
    expect((await staff("invoicing.getInvoice", { id: other.id })).id).toBe(other.id);
    expect(
      (await staff("invoicing.listInvoices", { customer: other.customer_id })).items.map(({ id }) => id),
    ).toEqual([other.id]);
    await expect(system.as({ kind: "anonymous" })("invoicing.listInvoices", {})).rejects.toMatchObject({
      code: 401,
    });
  });

  it("shows a payable invoice to whoever holds its id, but to no other signed-in customer", async () => {
    const { id, customer_id } = await invoice();
    for (const caller of [
      { kind: "anonymous" } as const,
      user(customer_id),
      user(randomUUID(), { staff: true }),
    ]) {
      expect((await system.as(caller)("invoicing.getPayableInvoice", { id })).id).toBe(id);
    }
    await expect(system.as(user(randomUUID()))("invoicing.getPayableInvoice", { id })).rejects.toMatchObject({
      code: 404,
    });
  });

  it("pages by number, newest first, steadily while invoices come in", async () => {
    const customer_id = randomUUID();
    for (let n = 0; n < 5; n++) await invoice({ customer_id });
    const first = await system.call("invoicing.listInvoices", { customer: customer_id, limit: 2 });
    await invoice({ customer_id });
    const second = await system.call("invoicing.listInvoices", {
      customer: customer_id,
      limit: 2,
      cursor: first.next ?? "",
    });
    const third = await system.call("invoicing.listInvoices", {
      customer: customer_id,
      limit: 2,
      cursor: second.next ?? "",
    });
    const seen = [first, second, third].flatMap((page) => page.items.map(({ number }) => number));
    expect(new Set(seen).size).toBe(5);
    expect(seen).toEqual([...seen].sort().reverse());
    expect(third.next).toBeNull();
  });

  it("filters by status", async () => {
    const customer_id = randomUUID();
    await invoice({ customer_id });
    await invoice({ customer_id, status: "overdue" });
    expect(
      (await system.call("invoicing.listInvoices", { customer: customer_id, status: "overdue" })).items.map(
        ({ status }) => status,
      ),
    ).toEqual(["overdue"]);
  });

  it.each([
    ["cursor", { cursor: "nonsense" }],
    ["cursor", { cursor: Buffer.from('["1 OR 1=1"]').toString("base64url") }],
    ["limit", { limit: 201 }],
    ["limit", { limit: -1 }],
    ["status", { status: "void" }],
    ["color", { color: "red" }],
  ])("refuses a bad %s, naming it", async (field, params) => {
    await expect(system.call("invoicing.listInvoices", params as never)).rejects.toMatchObject({
      code: 400,
      type: "request.invalid",
      data: { errors: [{ field }] },
    });
  });

  it("lists unpaid invoices by due date, in pages of ids", async () => {
    const due = Array.from({ length: 3 }, () => randomUUID());
    // The first in the order of ids is due last.
    for (const [n, id] of due.toSorted().entries())
      await invoice({ id, due_date: `2031-01-${12 - n}`, issue_date: "2031-01-01" });
    await invoice({ due_date: "2031-01-20" });
    await invoice({ due_date: "2031-01-10", status: "paid", paid_at: "2031-01-02", paid_minor: 49_900 });
    due.sort();
    const first = await system.call("invoicing.listUnpaid", {
      due_from: "2031-01-05",
      due_to: "2031-01-15",
      limit: 2,
    });
    const rest = await system.call("invoicing.listUnpaid", {
      due_from: "2031-01-05",
      due_to: "2031-01-15",
      limit: 2,
      after: first.at(-1)?.id ?? "",
    });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(due);
  });
});
