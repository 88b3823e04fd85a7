import { randomUUID } from "node:crypto";
import { ANONYMOUS } from "../../../shared/service/caller";
import type { ParamsOf } from "../../../shared/contracts";
import { whyNotAPrice } from "../../../services/catalog/domain/price";
import type { BillingService } from "../../../shared/service/billing-service";
import { createDatabase } from "../../support/postgres";
import { startSystem, user, type System } from "../../support/system";

const MISSING_ID = "00000000-0000-4000-8000-000000000000";

let system: System;
const asCustomer = () => system.as(user(randomUUID()));
const asStaff = () => system.as(user(randomUUID(), { staff: true }));

beforeAll(async () => {
  system = await startSystem({ services: ["catalog"] });
});

afterAll(async () => {
  await system.stop();
});

let names = 0;
const newName = () => `Plan ${++names}`;

function createPlan(params: Partial<ParamsOf<"catalog.createPlan">> = {}) {
  return asStaff()("catalog.createPlan", { name: newName(), amount_minor: 1_000, ...params });
}

/** What the catalog told others about one plan, in order. */
async function eventsOf(planId: string) {
  return system
    .db("catalog")("outbox")
    .where({ subject_id: planId })
    .orderBy("seq")
    .select("type", "payload");
}

/** All that the catalog holds, to see that a refusal left no trace. */
async function everything() {
  const db = system.db("catalog");
  return {
    plans: await db("plans").orderBy("id"),
    prices: await db("plan_prices").orderBy(["plan_id", "effective_from"]),
    events: await db("outbox").count(),
  };
}

describe("the predefined plans", () => {
  async function predefined(env: Record<string, string>) {
    const own = await startSystem({ services: ["catalog"], env });
    const { items } = await own.call("catalog.listPlans", {});
    await own.stop();
    return items.map((plan) => [
      plan.name,
      plan.amount_minor,
      plan.currency,
      plan.interval,
      plan.interval_count,
    ]);
  }

  test("are Basic, Pro and Enterprise, by the month, in the default currency", async () => {
    expect(await predefined({})).toEqual([
      ["Basic", 19_900, "usd", "month", 1],
      ["Pro", 49_900, "usd", "month", 1],
      ["Enterprise", 99_900, "usd", "month", 1],
    ]);
  });

  test("cost as many whole units in a currency without decimals", async () => {
    const prices = (await predefined({ DEFAULT_CURRENCY: "jpy" })).map(([, amount]) => amount);
    expect(prices).toEqual([199, 499, 999]);
  });

  test("are made once by two instances that start together, and not again at a later start", async () => {
    const database = await createDatabase();
    const start = () => startSystem({ services: ["catalog"], databaseUrl: database.url });
    const [first, second] = await Promise.all([start(), start()]);
    const third = await start();
    expect((await third.call("catalog.listPlans", {})).items).toHaveLength(3);
    const events = await third.db("catalog")("outbox").orderBy("seq").pluck("type");
    expect(events).toEqual(Array.from({ length: 3 }, () => ["plan.created", "plan.price_set"]).flat());
    await Promise.all([first.stop(), second.stop(), third.stop()]);
    await database.drop();
  });
});

describe("looking at plans", () => {
  test("a plan is found by its id, and by its name in any letter case", async () => {
    const given = {
      name: "Größe L",
      product: "support",
      amount_minor: 1_000,
      currency: "eur",
      interval: "year" as const,
      interval_count: 2,
      trial_days: 14,
      description: "two\nlines",
      features: { sso: true, seats: 5, support: "mail" },
      components: [
        { item: "seats", description: "Seats", per_unit: true, amount_minor: 999 },
        { item: "a-support", description: "Support", per_unit: false, amount_minor: 0 },
      ],
      metadata: { sku: "L-1" },
    };
    const { warnings, ...plan } = await createPlan(given);
    expect(plan).toEqual({ id: expect.any(String), ...given, archived_at: null });
    expect(warnings).toEqual([]);
    expect(await asCustomer()("catalog.getPlan", { plan: plan.id })).toEqual(plan);
    expect(await asCustomer()("catalog.getPlan", { plan: " größe l " })).toEqual(plan);
    expect(await system.call("catalog.getPlan", { plan: plan.id })).toEqual(plan);
  });

  test.each([MISSING_ID, "no such plan", "%"])("what nobody made is not found: %s", async (plan) => {
    const found = asCustomer()("catalog.getPlan", { plan });
    await expect(found).rejects.toMatchObject({ code: 404, type: "plan.not_found" });
  });

  test("only who is signed in sees them", async () => {
    const asNobody = system.as(ANONYMOUS);
    await expect(asNobody("catalog.getPlan", { plan: "basic" })).rejects.toMatchObject({ code: 401 });
    await expect(asNobody("catalog.listPlans", {})).rejects.toMatchObject({ code: 401 });
  });

  test("pages follow each other without gap or repetition", async () => {
    for (let made = 0; made < 3; made += 1) await createPlan();
    const whole = (await asCustomer()("catalog.listPlans", { limit: 200 })).items;
    let page = await asCustomer()("catalog.listPlans", { limit: 2 });
    const paged = [...page.items];
    while (page.next !== null) {
      page = await asCustomer()("catalog.listPlans", { limit: 2, cursor: page.next });
      paged.push(...page.items);
    }
    expect(paged).toEqual(whole);
    expect(whole.slice(0, 3).map(({ name }) => name)).toEqual(["Basic", "Pro", "Enterprise"]);
  });

  test("a made-up cursor is refused by name", async () => {
    for (const cursor of ["nonsense", Buffer.from('["1; DROP TABLE plans"]').toString("base64url")]) {
      await expect(asCustomer()("catalog.listPlans", { cursor })).rejects.toMatchObject({
        code: 400,
        data: { errors: [{ field: "cursor", message: expect.any(String) }] },
      });
    }
  });
});

describe("making plans", () => {
  test("others learn of the plan and of its price, which holds for every period there ever was", async () => {
    const { id, name } = await createPlan({ currency: "eur", amount_minor: 0 });
    expect(await eventsOf(id)).toEqual([
      {
        type: "plan.created",
        payload: {
          id,
          name,
          product: "default",
          currency: "eur",
          interval: "month",
          interval_count: 1,
          trial_days: 0,
          features: {},
          components: [],
          archived: false,
        },
      },
      {
        type: "plan.price_set",
        payload: {
          plan: id,
          item: "base",
          amount_minor: 0,
          currency: "eur",
          effective_from: "1970-01-01T00:00:00Z",
        },
      },
    ]);
  });

  test("only staff makes, changes and archives them", async () => {
    const { id } = await createPlan();
    const refused = { code: 403, type: "request.forbidden" };
    const call = asCustomer();
    await expect(call("catalog.createPlan", { name: newName(), amount_minor: 1 })).rejects.toMatchObject(
      refused,
    );
    await expect(call("catalog.updatePlan", { id, amount_minor: 1 })).rejects.toMatchObject(refused);
    await expect(call("catalog.archivePlan", { id })).rejects.toMatchObject(refused);
    await expect(call("catalog.listPlans", { archived: true })).rejects.toMatchObject(refused);
  });

  test("of ten plans of one name at once, one comes to be", async () => {
    const name = newName();
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        createPlan({ name: index % 2 === 0 ? name : name.toUpperCase() }),
      ),
    );
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === "fulfilled") continue;
      expect(attempt.reason).toMatchObject({
        code: 409,
        data: { errors: [{ field: "name", message: "is the name of another plan on offer" }] },
      });
    }
  });

  test.each<[field: string, params: Record<string, unknown>]>([
    ["name", { name: " " }],
    ["name", { name: "a\u0000b" }],
    ["name", { name: "a\ud800b" }],
    ["name", { name: "two\nlines" }],
    ["name", { name: "x".repeat(101) }],
    ["name", { name: 7 }],
    ["amount_minor", { amount_minor: -1 }],
    ["amount_minor", { amount_minor: 0.5 }],
    ["amount_minor", { amount_minor: "100" }],
    ["amount_minor", { amount_minor: 100_000_000 }],
    ["amount_minor", { amount_minor: undefined }],
    ["amount_minor", { currency: "kwd", amount_minor: 1_001 }],
    ["currency", { currency: "USD" }],
    ["currency", { currency: "zzz" }],
    ["interval", { interval: "fortnight" }],
    ["interval_count", { interval_count: 0 }],
    ["trial_days", { trial_days: -1 }],
    ["description", { description: "\u0000" }],
    ["description", { description: "x".repeat(2001) }],
    ["id", { id: MISSING_ID }],
  ])("a bad %s is refused by name and changes nothing: %j", async (field, params) => {
    const before = await everything();
    await expect(createPlan(params)).rejects.toMatchObject({ code: 400, data: { errors: [{ field }] } });
    expect(await everything()).toEqual(before);
  });
});

describe("changing plans", () => {
  test("a new price is in force from when it is set, and the old one stays in the history", async () => {
    const { id } = await createPlan({ amount_minor: 500 });
    const before = Date.now();
    expect(await asStaff()("catalog.updatePlan", { id, amount_minor: 700 })).toMatchObject({
      amount_minor: 700,
    });
    const after = Date.now();

    const prices = await system.db("catalog")("plan_prices").where({ plan_id: id }).orderBy("effective_from");
    expect(prices.map(({ amount_minor }) => amount_minor as number)).toEqual([500, 700]);
    const [, , priceSet] = await eventsOf(id);
    expect(priceSet).toEqual({
      type: "plan.price_set",
      payload: {
        plan: id,
        item: "base",
        amount_minor: 700,
        currency: "usd",
        effective_from: expect.any(String),
      },
    });
    const from = Date.parse((priceSet.payload as { effective_from: string }).effective_from);
    expect(from).toBeGreaterThanOrEqual(before);
    expect(from).toBeLessThanOrEqual(after);
    expect(await eventsOf(id)).toHaveLength(3);
  });

  test("of a component only the price changes, from now on", async () => {
    const seats = { item: "seats", description: "Seats", per_unit: true, amount_minor: 999 };
    const { id } = await createPlan({ components: [seats] });
    const change = (components: (typeof seats)[]) => asStaff()("catalog.updatePlan", { id, components });
    expect(await change([{ ...seats, amount_minor: 1_099 }])).toMatchObject({
      components: [{ item: "seats", amount_minor: 1_099 }],
    });
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      type: "plan.price_set",
      payload: { plan: id, item: "seats", amount_minor: 1_099, currency: "usd" },
    });
    const before = await eventsOf(id);
    for (const components of [[], [{ ...seats, per_unit: false }], [seats, { ...seats, item: "more" }]])
      await expect(change(components)).rejects.toMatchObject({
        code: 400,
        data: { errors: [{ field: "components" }] },
      });
    expect(await eventsOf(id)).toEqual(before);
  });

  test("what is the same already is not set again", async () => {
    const { id, ...plan } = await createPlan({ description: "as ever" });
    const { name, amount_minor, trial_days, description } = plan;
    await asStaff()("catalog.updatePlan", { id, name, amount_minor, trial_days, description });
    await asStaff()("catalog.updatePlan", { id });
    expect(await eventsOf(id)).toHaveLength(2);
  });

  test("others learn of changed terms, once", async () => {
    const { id } = await createPlan();
    const name = newName();
    const changed = await asStaff()("catalog.updatePlan", {
      id,
      name,
      trial_days: 30,
      description: "better",
    });
    expect(changed).toMatchObject({ name, trial_days: 30, description: "better", amount_minor: 1_000 });
    expect((await eventsOf(id)).slice(2)).toEqual([
      { type: "plan.updated", payload: expect.objectContaining({ name, trial_days: 30, archived: false }) },
    ]);
  });

  test("of prices set at once, the plan has the one that was told last", async () => {
    const { id } = await createPlan();
    const amounts = Array.from({ length: 10 }, (_, index) => 2_000 + index);
    await Promise.all(amounts.map((amount_minor) => asStaff()("catalog.updatePlan", { id, amount_minor })));
    const told = (await eventsOf(id)).map(
      ({ payload }) => payload as { amount_minor: number; effective_from: string },
    );
    const plan = await system.call("catalog.getPlan", { plan: id });
    expect(plan.amount_minor).toBe(told.at(-1)?.amount_minor);
    const moments = told.slice(2).map(({ effective_from }) => Date.parse(effective_from));
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
  });

  test("a price set while the clock is behind the newest one replaces it", async () => {
    const { id } = await createPlan();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    await system
      .db("catalog")("plan_prices")
      .insert({ plan_id: id, effective_from: tomorrow, amount_minor: 5_000 });
    expect(await asStaff()("catalog.updatePlan", { id, amount_minor: 6_000 })).toMatchObject({
      amount_minor: 6_000,
    });
    const prices = await system.db("catalog")("plan_prices").where({ plan_id: id }).orderBy("effective_from");
    expect(prices.map(({ amount_minor }) => amount_minor as number)).toEqual([1_000, 6_000]);
  });

  test("a name that another plan has is a conflict, in any letter case, and changes nothing", async () => {
    const { id } = await createPlan({});
    const before = await everything();
    for (const attempt of [
      createPlan({ name: "pro" }),
      asStaff()("catalog.updatePlan", { id, name: "BASIC" }),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 409, data: { errors: [{ field: "name" }] } });
    expect(await everything()).toEqual(before);
  });

  test.each<[field: string, params: Record<string, unknown>]>([
    ["amount_minor", { amount_minor: -1 }],
    ["amount_minor", { amount_minor: 15, name: "Gulf renamed" }],
    ["currency", { currency: "eur" }],
    ["interval", { interval: "year" }],
  ])("a bad %s is refused by name and changes nothing: %j", async (field, params) => {
    const { id } = await createPlan({ currency: "kwd" });
    const before = await everything();
    const change = asStaff()("catalog.updatePlan", { id, ...params });
    await expect(change).rejects.toMatchObject({ code: 400, data: { errors: [{ field }] } });
    expect(await everything()).toEqual(before);
  });

  test("what nobody made cannot be changed", async () => {
    const missing = { code: 404, type: "plan.not_found" };
    await expect(asStaff()("catalog.updatePlan", { id: MISSING_ID, amount_minor: 1 })).rejects.toMatchObject(
      missing,
    );
    await expect(asStaff()("catalog.archivePlan", { id: MISSING_ID })).rejects.toMatchObject(missing);
  });
});

describe("archiving plans", () => {
  test("an archived plan is off the offer, and still found by its id", async () => {
    const { id, name } = await createPlan();
    expect(await asStaff()("catalog.archivePlan", { id })).toBeNull();

    expect(await asCustomer()("catalog.getPlan", { plan: id })).toMatchObject({
      id,
      archived_at: expect.any(String),
    });
    await expect(asCustomer()("catalog.getPlan", { plan: name })).rejects.toMatchObject({ code: 404 });
    const ids = async (archived: boolean) =>
      (await asStaff()("catalog.listPlans", { limit: 200, archived })).items.map((plan) => plan.id);
    expect(await ids(false)).not.toContain(id);
    expect(await ids(true)).toContain(id);
  });

  test("others learn of it once, however often it is asked for", async () => {
    const { id } = await createPlan();
    await Promise.all(Array.from({ length: 5 }, () => asStaff()("catalog.archivePlan", { id })));
    expect((await eventsOf(id)).slice(2)).toEqual([
      { type: "plan.archived", payload: expect.objectContaining({ archived: true }) },
    ]);
  });

  test("an archived plan cannot be changed, and its name is free again", async () => {
    const { id, name } = await createPlan();
    await asStaff()("catalog.archivePlan", { id });
    const change = asStaff()("catalog.updatePlan", { id, amount_minor: 1 });
    await expect(change).rejects.toMatchObject({ code: 409, type: "plan.archived" });
    expect((await createPlan({ name })).id).not.toBe(id);
  });
});

describe("a price is one that a card can be charged with", () => {
  test.each([
    [0, "usd"],
    [1, "usd"],
    [99_999_999, "usd"],
    [499, "jpy"],
    [1_230, "kwd"],
    [200, "mga"],
    [999_999, "isk"],
  ])("%d %s can be charged", (amountMinor, currency) => {
    expect(whyNotAPrice(amountMinor, currency)).toBeUndefined();
  });

  test.each([
    [-1, "usd", "must not be negative"],
    [100_000_000, "usd", "must be at most 999999.99 usd"],
    [1_001, "kwd", "must be a multiple of 0.010 kwd, or no card can be charged with it"],
    [150, "mga", "must be a multiple of 1.00 mga, or no card can be charged with it"],
    [1_000_000, "isk", "must be at most 999999 isk"],
  ])("%d %s: it %s", (amountMinor, currency, why) => {
    expect(whyNotAPrice(amountMinor, currency)).toBe(why);
  });

  test("an unknown currency has no prices", () => {
    expect(() => whyNotAPrice(1, "zzz")).toThrow("Unknown currency");
  });
});

describe("a price that no card can be charged with", () => {
  const catalogLog = () => (system.broker.getLocalService("catalog") as BillingService).env.log;

  test.each([
    [30, "usd", "0.50 usd"],
    [1, "jpy", "50 jpy"],
    [29, "gbp", "0.30 gbp"],
  ])("%s %s is allowed, with a warning in the answer and the log", async (amount_minor, currency, least) => {
    const warned = jest.spyOn(catalogLog(), "warn");
    const text = expect.stringContaining(`less than ${least}`);
    const { id, warnings } = await createPlan({ amount_minor, currency });
    expect(warnings).toEqual([text]);
    const changed = await asStaff()("catalog.updatePlan", { id, trial_days: 3 });
    expect(changed.warnings).toEqual([text]);
    const enough = await asStaff()("catalog.updatePlan", { id, amount_minor: 5_000 });
    expect(enough.warnings).toEqual([]);
    expect(warned.mock.calls).toEqual([
      [expect.objectContaining({ plan_id: id }), text],
      [expect.objectContaining({ plan_id: id }), text],
    ]);
    warned.mockRestore();
  });

  test("no warning of free plans, of enough, and where no minimum is published", async () => {
    const prices = [
      [0, "usd"],
      [50, "usd"],
      [1, "zar"],
    ] as const;
    for (const [amount_minor, currency] of prices)
      expect((await createPlan({ amount_minor, currency })).warnings).toEqual([]);
  });
});
