import { randomUUID } from "node:crypto";
import type { Logger } from "moleculer";
import { warnOfTimeZoneTables } from "../../../services/invoicing/day-starts";
import { addDays, dayOf, firstDayFrom, instantOfEpochMs, startOfDay } from "../../../shared/time";
import { fakeProducer } from "../../support/fake-producer";
import { startSystem, type System } from "../../support/system";

/**
 * Days whose start is not plain: the tables of Node.js and Postgres differ, or midnight comes twice or never.
 */
const HARD_DAYS = [
  ["America/Vancouver", "2026-11-15"],
  ["America/Vancouver", "2027-01-15"],
  ["Atlantic/Azores", "2027-10-31"],
  ["America/Havana", "2026-11-01"],
  ["America/Havana", "2027-03-14"],
  ["Africa/Cairo", "2027-04-30"],
  ["Asia/Tokyo", "2027-01-15"],
] as const;

const seconds = (instant: string, more: number) => instantOfEpochMs(Date.parse(instant) + more * 1_000);

describe.each(HARD_DAYS)("in %s, the day %s", (zone, day) => {
  const start = startOfDay(day, zone);
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ services: ["invoicing"], env: { BILLING_TIMEZONE: zone } });
  });
  afterAll(() => system.stop());

  test("begins once: what is before it belongs to the day before", () => {
    expect(dayOf(start, zone)).toBe(day);
    expect(dayOf(seconds(start, -1), zone)).toBe(addDays(day, -1));
    expect(firstDayFrom(start, zone)).toBe(day);
    expect(firstDayFrom(seconds(start, -1), zone)).toBe(day);
    for (const later of [1, 1_800, 3_600, 5_400])
      expect(firstDayFrom(seconds(start, later), zone)).toBe(addDays(day, 1));
  });

  test("is billed at the price in force when it begins, to the second", async () => {
    const [catalog, subscriptions] = [
      await fakeProducer(system.broker, "catalog"),
      await fakeProducer(system.broker, "subscriptions"),
    ];
    for (const other of ["identity", "cron", "payments", "notifications"] as const)
      await fakeProducer(system.broker, other);
    const anchor = addDays(day, -1);
    const subscribed_at = seconds(startOfDay(anchor, zone), 60);
    const ids = new Map<string, string>();
    // One plan for each time of the price change: which period has the new price first?
    const cases = { before: -1, at: 0, after: 1, hour: 3_599, later: 3_601, "two hours": 7_201 };
    for (const [name, offset] of Object.entries(cases)) {
      const [plan, id] = [randomUUID(), randomUUID()];
      ids.set(name, id);
      const price = { plan, currency: "usd" };
      await catalog.append("plan.price_set", {
        ...price,
        amount_minor: 100,
        effective_from: "1970-01-01T00:00:00.000Z",
      });
      await catalog.append("plan.price_set", {
        ...price,
        amount_minor: 200,
        effective_from: seconds(start, offset),
      });
      await subscriptions.append("subscription.created", {
        id,
        customer: randomUUID(),
        product: "default",
        plan,
        currency: "usd",
        interval: "day",
        interval_count: 1,
        trial_days: 0,
        start_date: anchor,
        end_date: addDays(day, 2),
        subscribed_at,
        created_on: anchor,
      });
    }
    await system.drain();
    await system
      .db("invoicing")
      .raw("INSERT INTO billing_runs (kind, as_of) VALUES ('generate_invoices', ?)", [addDays(day, 3)]);
    await system.drain();
    const amounts = async (name: string): Promise<number[]> =>
      system
        .db("invoicing")("invoices")
        .where({ subscription_id: ids.get(name) ?? "" })
        .orderBy("period_start")
        .pluck("amount_minor");
    expect(await amounts("before")).toEqual([100, 200, 200]);
    expect(await amounts("at")).toEqual([100, 200, 200]);
    for (const name of ["after", "hour", "later", "two hours"])
      expect([name, ...(await amounts(name))]).toEqual([name, 100, 100, 200]);
  });
});

test("prices that were stored with other days get theirs at the next start", async () => {
  const env = { BILLING_TIMEZONE: "Asia/Tokyo" };
  const system = await startSystem({ services: ["invoicing"], env });
  const row = { plan_id: randomUUID(), amount_minor: 100, currency: "usd" };
  const effective_from = "2026-03-14T15:00:00.001Z";
  const db = system.db("invoicing");
  await db("plan_prices").insert({ ...row, effective_from, from_day: "2026-03-15" });
  const again = await startSystem({ services: ["invoicing"], env, databaseUrl: system.databaseUrl });
  expect(await db("plan_prices").where({ plan_id: row.plan_id }).pluck("from_day")).toEqual(["2026-03-16"]);
  await again.stop();
  await system.stop();
});

describe("the check at the start", () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ services: ["invoicing"] });
  });
  afterAll(() => system.stop());

  async function warnings(zone: string, table = (offset_min: number) => offset_min): Promise<string[]> {
    const said: string[] = [];
    const log = { warn: (_details: object, text: string) => said.push(text) } as unknown as Logger;
    const db = system.db("invoicing");
    await warnOfTimeZoneTables({ db, log, zone, today: "2026-11-26", offsetOf: table });
    return said;
  }

  test("says nothing of a zone in which both agree", async () => {
    expect(await warnings("Europe/Berlin")).toEqual([]);
    expect(await warnings("UTC")).toEqual([]);
  });

  test("says from when on the tables of Node.js and Postgres differ", async () => {
    const later = (offset_min: number) => (offset_min === 120 ? 180 : offset_min);
    expect(await warnings("Europe/Berlin", later)).toEqual([
      expect.stringMatching(/different time zone tables .*Europe\/Berlin.* from 2025-11-2\d on|2026-03-29/),
    ]);
  });

  test("says that Postgres does not know the zone", async () => {
    expect(await warnings("Europe/Nowhere")).toEqual([expect.stringContaining("does not know")]);
  });
});
