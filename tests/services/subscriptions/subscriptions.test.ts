import { findCustomer, upsertCustomers } from "../../../services/subscriptions/queries/customers";
import { randomUUID } from "node:crypto";
import { SUBSCRIPTIONS_CHECKS } from "../../../services/subscriptions/queries/audit/checks";
import { ANONYMOUS, type Caller } from "../../../shared/service/caller";
import { subscriptions } from "../../../shared/contracts/subscriptions";
import type { EventTypeOf, ParamsOf } from "../../../shared/contracts";
import { timeOnDay } from "../../../shared/time";
import { customerFact } from "../../support/customers";
import { fakeProducer, type FakeProducer } from "../../support/fake-producer";
import { startSystem, user, type System } from "../../support/system";

const MISSING_ID = "00000000-0000-4000-8000-000000000000";
const STAFF = user("0199f000-0000-7000-8000-000000000001", { staff: true });

// In Tokyo a day begins at 15:00 UTC of the day before.
const ZONE = "Asia/Tokyo";
const NOW = "2026-03-15T10:00:00.000Z";
const [YESTERDAY, TODAY, TOMORROW] = ["2026-03-14", "2026-03-15", "2026-03-16"];

const ALREADY_ACTIVE = {
  code: 400,
  type: "subscription.already_active",
  message: "You already have an active subscription.",
};
const ALREADY_CANCELLED = {
  code: 400,
  type: "subscription.already_cancelled",
  message: "Subscription already cancelled.",
};

let system: System;
let identity: FakeProducer<"identity">;

beforeAll(async () => {
  const env = { TEST_CLOCK: "true", BILLING_TIMEZONE: ZONE };
  system = await startSystem({ services: ["catalog", "subscriptions", "cron"], env });
  identity = await fakeProducer(system.broker, "identity");
  // The wall clock's day has begun at the start: to be over before business time is set to another.
  await system.drain();
});

beforeEach(() => setClock(NOW));

afterAll(async () => {
  await system.stop();
});

async function setClock(instant: string): Promise<void> {
  await system.db("cron")("clock").update({ moved_to: instant });
}

/** Lets a business day begin. */
async function beginDay(date: string): Promise<void> {
  await setClock(timeOnDay(date, "00:00", ZONE));
  await system.call("cron.tick", {});
  await system.drain();
}

type NewSubscription = Partial<ParamsOf<"subscriptions.createSubscription">>;

const newCustomer = () => user(randomUUID());
const idOf = (caller: Caller) => (caller.kind === "user" ? caller.userId : MISSING_ID);

/** What identity tells about a customer. */
function tell(
  type: EventTypeOf<"identity"> & `customer.${string}`,
  id: string,
  closed_at: string | null = null,
) {
  return identity.append(type, customerFact(id, { closed_at }));
}

/** A customer whom identity has told about. */
async function registered(): Promise<Caller> {
  const customer = newCustomer();
  await tell("customer.created", idOf(customer));
  return customer;
}

function subscribe(customer: Caller = newCustomer(), params: NewSubscription = {}) {
  return system.as(customer)("subscriptions.createSubscription", { plan: "pro", ...params });
}

function unsubscribe(caller: Caller, id: string) {
  return system.as(caller)("subscriptions.unsubscribe", { id });
}

function look(id: string) {
  return system.call("subscriptions.getSubscription", { id });
}

/** What others were told about one subscription, in order, each as its contract has it. */
async function eventsOf(subject_id: string): Promise<[type: string, payload: unknown][]> {
  const events = await system.db("subscriptions")("outbox").where({ subject_id }).orderBy("seq");
  return events.map(({ type, payload }) => {
    const schema = subscriptions.events[type as keyof typeof subscriptions.events];
    return [type as string, schema.strict().parse(payload)];
  });
}

/** All that is kept, to see that a refusal left no trace. */
async function everything() {
  const db = system.db("subscriptions");
  return { rows: await db("subscriptions").orderBy("id"), events: await db("outbox").count() };
}

describe("subscribing", () => {
  test("a customer gets the plan from today on, and others learn all that billing needs", async () => {
    const customer = newCustomer();
    const pro = await system.call("catalog.getPlan", { plan: "pro" });
    const subscription = await subscribe(customer, { plan: "PRO" });
    expect(subscription).toEqual({
      id: expect.any(String),
      customer: idOf(customer),
      user: null,
      plan: pro.id,
      product: "default",
      items: [{ item: "base", quantity: 1 }],
      status: "active",
      start_date: TODAY,
      end_date: null,
      cancelled_at: null,
      current_period_start: TODAY,
      current_period_end: "2026-04-15",
      metadata: {},
      created_at: "2026-03-15T10:00:00Z",
    });
    expect(await eventsOf(subscription.id)).toEqual([
      [
        "subscription.created",
        {
          id: subscription.id,
          customer: idOf(customer),
          plan: pro.id,
          product: "default",
          currency: "usd",
          interval: "month",
          interval_count: 1,
          trial_days: 0,
          start_date: TODAY,
          end_date: null,
          subscribed_at: "2026-03-15T10:00:00Z",
          created_on: TODAY,
          items: [],
          metadata: {},
        },
      ],
    ]);
  });

  test("the terms of the plan at that moment are kept", async () => {
    const staff = system.as(STAFF);
    const name = randomUUID().slice(0, 8);
    const terms = { currency: "eur", interval: "week", trial_days: 10 } as const;
    const plan = await staff("catalog.createPlan", { name, amount_minor: 1, ...terms });
    const { id } = await subscribe(newCustomer(), { plan: plan.id });
    await staff("catalog.updatePlan", { id: plan.id, trial_days: 0 });
    expect(await eventsOf(id)).toEqual([["subscription.created", expect.objectContaining(terms)]]);
    expect(await look(id)).toMatchObject({ current_period_start: TODAY, current_period_end: "2026-03-25" });
  });

  test("it may start and end later", async () => {
    const subscription = await subscribe(newCustomer(), { start_date: "2026-04-01", end_date: "2026-10-01" });
    expect(subscription).toMatchObject({
      status: "active",
      start_date: "2026-04-01",
      end_date: "2026-10-01",
      current_period_start: null,
      current_period_end: null,
    });
  });

  test("the day is that of the billing zone", async () => {
    await setClock("2026-03-15T14:59:59.999Z");
    expect(await subscribe()).toMatchObject({ start_date: TODAY });
    await setClock("2026-03-15T15:00:00.000Z");
    expect(await subscribe()).toMatchObject({ start_date: TOMORROW });
  });

  test("staff may start one in the past, and for somebody else", async () => {
    const customer = idOf(await registered());
    const subscription = await subscribe(STAFF, { customer: customer, start_date: "2026-01-31" });
    expect(subscription).toMatchObject({
      customer: customer,
      start_date: "2026-01-31",
      current_period_start: "2026-02-28",
      current_period_end: "2026-03-31",
    });
    expect(await eventsOf(subscription.id)).toEqual([
      ["subscription.created", expect.objectContaining({ start_date: "2026-01-31", created_on: TODAY })],
    ]);
  });

  test("a customer may name nobody else, and the system must name somebody", async () => {
    const customer = newCustomer();
    const others = idOf(await registered());
    for (const named of [randomUUID(), others]) {
      await expect(subscribe(customer, { customer: named })).rejects.toMatchObject({
        code: 400,
        data: { errors: [{ field: "customer", message: "is not the id of a customer" }] },
      });
    }
    await expect(system.call("subscriptions.createSubscription", { plan: "pro" })).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field: "customer", message: "is required" }] },
    });
    expect(await subscribe(customer, { customer: idOf(customer) })).toMatchObject({
      customer: idOf(customer),
    });
  });

  test("a second active one is refused", async () => {
    const customer = newCustomer();
    const { id } = await subscribe(customer);
    const before = await everything();
    const second = subscribe(customer, { plan: "basic", start_date: "2026-12-01" });
    await expect(second).rejects.toMatchObject(ALREADY_ACTIVE);
    expect(await everything()).toEqual(before);
    expect(await look(id)).toMatchObject({ status: "active" });
  });

  test("of ten at once, one comes to be", async () => {
    const customer = newCustomer();
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => subscribe(customer)));
    const refused = attempts.filter((attempt) => attempt.status === "rejected");
    expect(refused).toHaveLength(9);
    for (const { reason } of refused) expect(reason).toMatchObject(ALREADY_ACTIVE);
    const { items } = await system.as(customer)("subscriptions.listSubscriptions", {});
    expect(items).toHaveLength(1);
  });

  test("an archived plan is refused", async () => {
    const staff = system.as(STAFF);
    const { id } = await staff("catalog.createPlan", { name: randomUUID().slice(0, 8), amount_minor: 1 });
    await staff("catalog.archivePlan", { id });
    await expect(subscribe(newCustomer(), { plan: id })).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field: "plan", message: "is no longer on offer" }] },
    });
  });

  test.each<[field: string, params: Record<string, unknown>]>([
    ["plan", { plan: "platinum" }],
    ["plan", { plan: MISSING_ID }],
    ["plan", { plan: "" }],
    ["plan", { plan: "pro\u0000" }],
    ["plan", { plan: 7 }],
    ["start_date", { start_date: YESTERDAY }],
    ["start_date", { start_date: "2026-02-30" }],
    ["start_date", { start_date: "0000-01-01" }],
    ["start_date", { start_date: "tomorrow" }],
    ["end_date", { end_date: TODAY }],
    ["end_date", { start_date: "2026-05-01", end_date: "2026-05-01" }],
    ["end_date", { end_date: "+010000-01-01" }],
    ["customer", { customer: "me" }],
    ["price", { price: "0.01" }],
    ["status", { status: "expired" }],
  ])("a bad %s is refused by name and changes nothing: %j", async (field, params) => {
    const before = await everything();
    await expect(subscribe(newCustomer(), params)).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field }] },
    });
    expect(await everything()).toEqual(before);
  });
});

describe("unsubscribing", () => {
  test("takes effect today, and others learn of it", async () => {
    const customer = await registered();
    const { id, plan } = await subscribe(STAFF, { customer: idOf(customer), start_date: "2026-02-10" });
    expect(await unsubscribe(customer, id)).toMatchObject({
      status: "cancelled",
      cancelled_at: "2026-03-15T10:00:00Z",
      end_date: TODAY,
      current_period_start: null,
      current_period_end: null,
    });
    const events = await eventsOf(id);
    expect(events.slice(1)).toEqual([
      ["subscription.cancelled", { id, customer: idOf(customer), plan, end_date: TODAY }],
    ]);
  });

  test.each<[when: string, params: NewSubscription, end_date: string]>([
    ["on its first day", {}, TODAY],
    ["before it started", { start_date: "2026-05-01", end_date: "2026-06-01" }, "2026-05-01"],
    ["before it would have ended", { end_date: "2026-06-01" }, TODAY],
  ])("%s: %j then ends on %s", async (_when, params, end_date) => {
    const customer = newCustomer();
    const { id } = await subscribe(customer, params);
    expect(await unsubscribe(customer, id)).toMatchObject({ status: "cancelled", end_date });
  });

  test("a second time is refused, also for ten at once, and tells nobody anything", async () => {
    const customer = newCustomer();
    const { id } = await subscribe(customer);
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => unsubscribe(customer, id)));
    const refused = attempts.filter((attempt) => attempt.status === "rejected");
    expect(refused).toHaveLength(9);
    for (const { reason } of refused) expect(reason).toMatchObject(ALREADY_CANCELLED);
    expect((await eventsOf(id)).map(([type]) => type)).toEqual([
      "subscription.created",
      "subscription.cancelled",
    ]);
  });

  test("afterwards the customer may subscribe anew, and the old one stays in the books", async () => {
    const customer = newCustomer();
    const old = await subscribe(customer);
    await unsubscribe(customer, old.id);
    const anew = await subscribe(customer, { plan: "basic" });
    const { items } = await system.as(customer)("subscriptions.listSubscriptions", {});
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [anew.id, "active"],
      [old.id, "cancelled"],
    ]);
  });

  test("staff may do it for a customer; for others the subscription does not exist", async () => {
    const { id } = await subscribe();
    await expect(unsubscribe(newCustomer(), id)).rejects.toMatchObject({
      code: 404,
      type: "subscription.not_found",
    });
    expect(await look(id)).toMatchObject({ status: "active" });
    expect(await unsubscribe(STAFF, id)).toMatchObject({ status: "cancelled" });
    await expect(unsubscribe(STAFF, MISSING_ID)).rejects.toMatchObject({
      code: 404,
      type: "subscription.not_found",
    });
  });
});

describe("expiring", () => {
  test("when the day of its end begins, a subscription expires, and others learn of it once", async () => {
    const customer = newCustomer();
    const { id, plan } = await subscribe(customer, { end_date: "2026-03-18" });
    const untouched = await subscribe();

    await beginDay("2026-03-17");
    expect(await look(id)).toMatchObject({ status: "active", current_period_start: TODAY });
    await beginDay("2026-03-18");
    await beginDay("2026-03-19");

    expect(await look(id)).toMatchObject({
      status: "expired",
      end_date: "2026-03-18",
      current_period_start: null,
    });
    const events = await eventsOf(id);
    expect(events.slice(1)).toEqual([
      ["subscription.expired", { id, customer: idOf(customer), plan, end_date: "2026-03-18" }],
    ]);
    expect(await look(untouched.id)).toMatchObject({ status: "active" });
  });

  test("days that nobody was there for are made up for", async () => {
    const ends = ["2026-03-21", "2026-03-23", "2026-03-26"];
    const ending = await Promise.all(ends.map((end_date) => subscribe(newCustomer(), { end_date })));
    await beginDay("2026-03-25");
    const states = await Promise.all(ending.map(async ({ id }) => (await look(id)).status));
    expect(states).toEqual(["expired", "expired", "active"]);
  });

  test("days that come at once expire by the latest of them, in whatever order", async () => {
    const ends = ["2026-03-27", "2026-03-28", "2026-03-29"];
    const ending = await Promise.all(ends.map((end_date) => subscribe(newCustomer(), { end_date })));
    const days = [
      ["2026-03-27", "2026-03-28"],
      ["2026-03-29", "2026-03-26"],
    ];
    const states: string[][] = [];
    for (const [first, second] of days) {
      // In one transaction, so that they are consumed in one page.
      await system.db("cron").raw(
        `INSERT INTO outbox (type, subject_id, payload)
         SELECT 'billing.day_started', as_of, jsonb_build_object('as_of', as_of)
         FROM unnest(ARRAY[?, ?]) AS as_of`,
        [first ?? "", second ?? ""],
      );
      await system.drain();
      states.push(await Promise.all(ending.map(async ({ id }) => (await look(id)).status)));
    }
    expect(states).toEqual([
      ["expired", "expired", "active"],
      ["expired", "expired", "expired"],
    ]);
  });

  test("a cancelled one stays cancelled, an expired one cannot be cancelled", async () => {
    const [cancelling, expiring] = [newCustomer(), newCustomer()];
    const cancelled = await subscribe(cancelling, { end_date: "2026-04-02" });
    const expired = await subscribe(expiring, { end_date: "2026-04-02" });
    await unsubscribe(cancelling, cancelled.id);
    await beginDay("2026-04-02");

    expect(await look(cancelled.id)).toMatchObject({ status: "cancelled" });
    await expect(unsubscribe(expiring, expired.id)).rejects.toMatchObject({
      code: 409,
      type: "subscription.expired",
      message: "Subscription has expired.",
    });
  });

  test("who has one that ends today may subscribe anew before the day's event has come through", async () => {
    const customer = newCustomer();
    const old = await subscribe(customer, { end_date: TOMORROW });
    await expect(subscribe(customer)).rejects.toMatchObject(ALREADY_ACTIVE);
    await setClock(timeOnDay(TOMORROW, "00:00", ZONE));
    expect(await subscribe(customer)).toMatchObject({ status: "active", start_date: TOMORROW });
    expect((await eventsOf(old.id)).map(([type]) => type)).toEqual([
      "subscription.created",
      "subscription.expired",
    ]);
  });
});

describe("looking at subscriptions", () => {
  test("only who is signed in sees any, and only their own", async () => {
    const customer = newCustomer();
    const { id } = await subscribe(customer);
    await expect(system.as(ANONYMOUS)("subscriptions.getSubscription", { id })).rejects.toMatchObject({
      code: 401,
    });
    await expect(system.as(ANONYMOUS)("subscriptions.listSubscriptions", {})).rejects.toMatchObject({
      code: 401,
    });
    const stranger = system.as(newCustomer());
    await expect(stranger("subscriptions.getSubscription", { id })).rejects.toMatchObject({ code: 404 });
    const nothing = { items: [], next: null };
    expect(await stranger("subscriptions.listSubscriptions", {})).toEqual(nothing);
    expect(await stranger("subscriptions.listSubscriptions", { customer: idOf(customer) })).toEqual(nothing);
    expect((await system.as(customer)("subscriptions.getSubscription", { id })).id).toBe(id);
    expect((await system.as(STAFF)("subscriptions.getSubscription", { id })).id).toBe(id);
  });

  test("staff sees all, narrowed by user and by status", async () => {
    const customer = newCustomer();
    const old = await subscribe(customer);
    await unsubscribe(customer, old.id);
    const present = await subscribe(customer);
    const ids = async (filter: ParamsOf<"subscriptions.listSubscriptions">) =>
      (await system.as(STAFF)("subscriptions.listSubscriptions", filter)).items.map(({ id }) => id);

    expect((await ids({})).slice(0, 2)).toEqual([present.id, old.id]);
    expect(await ids({ customer: idOf(customer) })).toEqual([present.id, old.id]);
    expect(await ids({ customer: idOf(customer), status: "cancelled" })).toEqual([old.id]);
    expect(await ids({ customer: idOf(customer), status: "expired" })).toEqual([]);
  });

  test("pages follow each other, newest first, without gap or repetition", async () => {
    const whole = (await system.call("subscriptions.listSubscriptions", { limit: 200 })).items;
    let page = await system.call("subscriptions.listSubscriptions", { limit: 7 });
    const paged = [...page.items];
    while (page.next !== null) {
      page = await system.call("subscriptions.listSubscriptions", { limit: 7, cursor: page.next });
      paged.push(...page.items);
    }
    expect(paged).toEqual(whole);
    expect(whole.map(({ id }) => id)).toEqual(
      whole
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
  });

  test.each<[field: string, params: Record<string, unknown>]>([
    ["cursor", { cursor: "nonsense" }],
    ["status", { status: "paused" }],
    ["customer", { customer: "7" }],
    ["limit", { limit: 201 }],
    ["plan", { plan: "pro" }],
  ])("a bad %s is refused by name: %j", async (field, params) => {
    await expect(system.as(STAFF)("subscriptions.listSubscriptions", params)).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field }] },
    });
  });
});

describe("a customer", () => {
  const active = async (customer: Caller) => {
    const params = { customer: idOf(customer), status: "active" } as const;
    return (await system.call("subscriptions.listSubscriptions", params)).items;
  };
  const closed = {
    code: 400,
    data: { errors: [{ field: "customer", message: "is closed" }] },
  };

  test("that does not exist cannot be subscribed, by staff or the console", async () => {
    const before = await everything();
    const unknown = {
      code: 400,
      data: { errors: [{ field: "customer", message: "is not the id of a customer" }] },
    };
    const params = { plan: "pro", customer: randomUUID() };
    await expect(subscribe(STAFF, params)).rejects.toMatchObject(unknown);
    await expect(system.call("subscriptions.createSubscription", params)).rejects.toMatchObject(unknown);
    expect(await everything()).toEqual(before);
  });

  test("that was closed a moment ago cannot be subscribed, by staff or by its own token", async () => {
    const customer = await registered();
    await tell("customer.closed", idOf(customer), NOW);
    await expect(subscribe(STAFF, { customer: idOf(customer) })).rejects.toMatchObject(closed);
    await expect(subscribe(customer)).rejects.toMatchObject(closed);
  });

  test("that is closed ends its subscription that day; opened again, it can have a new one", async () => {
    const customer = await registered();
    const { id, plan } = await subscribe(customer);
    await tell("customer.updated", idOf(customer));
    await system.drain();
    expect(await look(id)).toMatchObject({ status: "active" });
    await tell("customer.closed", idOf(customer), NOW);
    await tell("customer.updated", idOf(customer), NOW);
    await system.drain();
    expect(await look(id)).toMatchObject({ status: "cancelled", end_date: TODAY });
    expect((await eventsOf(id)).slice(1)).toEqual([
      ["subscription.cancelled", { id, customer: idOf(customer), plan, end_date: TODAY }],
    ]);
    await tell("customer.updated", idOf(customer));
    await subscribe(customer);
    await system.drain();
    expect(await active(customer)).toHaveLength(1);
  });

  test("that is closed before its subscription starts is never billed", async () => {
    const customer = await registered();
    const { id } = await subscribe(customer, { start_date: "2026-05-01" });
    await tell("customer.closed", idOf(customer), NOW);
    await system.drain();
    expect(await look(id)).toMatchObject({ status: "cancelled", end_date: "2026-05-01" });
  });

  test("whose subscription is created while it is closed has none in the end", async () => {
    const customer = await registered();
    await system.drain();
    // Both at once, as if identity's event came after the check.
    await tell("customer.closed", idOf(customer), NOW);
    await system.drain();
    const { id: plan_id } = await system.call("catalog.getPlan", { plan: "pro" });
    const terms = { currency: "usd", interval: "month", interval_count: 1, trial_days: 0 };
    const dates = { start_date: TODAY, created_on: TODAY, created_at: NOW };
    const row = { customer_id: idOf(customer), product: "default", plan_id, ...terms, ...dates };
    await system.db("subscriptions")("subscriptions").insert(row);
    const audit = async () => {
      const checks = await system
        .db("subscriptions")
        .raw(SUBSCRIPTIONS_CHECKS.find(({ check }) => check === "closed_customers_end")?.sql ?? "");
      return (checks as { rows: unknown[] }).rows;
    };
    expect(await audit()).toHaveLength(1);
    await system.drain();
    expect(await active(customer)).toEqual([]);
    expect(await audit()).toEqual([]);
  });

  test("may be unknown while identity is away, if it subscribes itself; for staff it is 503", async () => {
    await system.broker.destroyService("identity");
    try {
      await subscribe(newCustomer());
      const params = { customer: randomUUID() };
      await expect(subscribe(STAFF, params)).rejects.toMatchObject({ code: 503 });
    } finally {
      identity = await fakeProducer(system.broker, "identity");
    }
  });
});

test("closed by the wall clock's day where there is no test clock", async () => {
  const real = await startSystem({ services: ["catalog", "subscriptions", "cron"] });
  const users = await fakeProducer(real.broker, "identity");
  const customer = newCustomer();
  const plan = { plan: "pro", start_date: "2026-01-05", customer: idOf(customer) };
  await users.append("customer.created", customerFact(idOf(customer)));
  const { id } = await real.as(STAFF)("subscriptions.createSubscription", plan);
  const closed_at = "2026-02-07T23:30:00Z";
  await users.append("customer.closed", customerFact(idOf(customer), { closed_at }));
  await real.drain();
  expect(await real.call("subscriptions.getSubscription", { id })).toMatchObject({
    status: "cancelled",
    end_date: "2026-02-07",
    cancelled_at: "2026-02-07T23:30:00Z",
  });
  await real.stop();
});

test("of several events of a customer that arrive together, the last one counts", async () => {
  const customer = randomUUID();
  const told = (closed_at: string | null) => ({ payload: customerFact(customer, { closed_at }) });
  const consumePage = (...page: ReturnType<typeof told>[]) =>
    system.db("subscriptions").transaction((trx) => upsertCustomers(trx, page));
  const closedAt = async () => (await findCustomer(system.db("subscriptions"), customer))?.closed_at;
  await consumePage(told(null), told("2026-01-02T00:00:00Z"));
  expect(await closedAt()).toBe("2026-01-02T00:00:00Z");
  await consumePage(told("2026-01-02T00:00:00Z"), told(null));
  expect(await closedAt()).toBeNull();
});

describe("the books themselves refuse", () => {
  const row = {
    customer_id: MISSING_ID,
    product: "default",
    plan_id: MISSING_ID,
    start_date: TODAY,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    created_on: TODAY,
    created_at: NOW,
  };

  test.each<[constraint: string, rows: Record<string, unknown>[]]>([
    ["one_active_subscription", [row, row]],
    ["ends_after_start", [{ ...row, end_date: TODAY }]],
    ["ends_after_start", [{ ...row, status: "cancelled", cancelled_at: NOW, end_date: YESTERDAY }]],
    ["only_active_is_open", [{ ...row, status: "expired" }]],
    ["cancelled_at_some_time", [{ ...row, cancelled_at: NOW }]],
  ])("%s: %j", async (constraint, rows) => {
    await expect(system.db("subscriptions")("subscriptions").insert(rows)).rejects.toMatchObject({
      constraint,
    });
  });
});
