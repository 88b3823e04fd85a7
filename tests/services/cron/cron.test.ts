import { START } from "../../../shared/events/positions";
import { OPERATOR } from "../../../shared/service/caller";
import { createDatabase, type TestDatabase } from "../../support/postgres";
import { eventually, startSystem, user, type System } from "../../support/system";

const STAFF = user("0199f000-0000-7000-8000-000000000001", { staff: true });
const NOON = "2026-01-31T12:00:00.000Z";
const TEST_CLOCK = { TEST_CLOCK: "true" };

const running: System[] = [];
let database: TestDatabase;
afterAll(async () => {
  await Promise.all(running.map((system) => system.stop()));
  await database?.drop();
});

/** Starts the service and stops its ticker: a tick during a test would disturb it. */
async function start(env: Record<string, string> = {}, databaseUrl?: string): Promise<System> {
  const system = await startSystem({
    services: ["cron"],
    env,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  running.push(system);
  expect(tickerOf(system).running).toBe(true);
  tickerOf(system).stop();
  return system;
}

interface CronJob {
  running: boolean;
  cronTime: { source: string };
  fireOnTick: () => void;
  stop: () => void;
}

function tickerOf({ broker }: System): CronJob {
  const { $crons } = broker.getLocalService("cron") as unknown as { $crons: [CronJob] };
  return $crons[0];
}

/**
 * Everything emitted, in order, as `job as_of`. Read from the outbox: the feed holds back events that are
 * newer than an open transaction.
 */
async function emitted({ db }: System): Promise<string[]> {
  const { rows } = await db("cron").raw<{ rows: { line: string }[] }>(
    "SELECT concat_ws(' ', type, payload->>'as_of') AS line FROM outbox ORDER BY xid, seq",
  );
  return rows.map(({ line }) => line);
}

/** Deletes all slots and events, and sets the clock. */
async function reset({ db }: System, movedTo: string | null): Promise<void> {
  await db("cron").raw("DELETE FROM slots");
  await db("cron").raw("DELETE FROM outbox");
  await db("cron").raw("UPDATE clock SET moved_to = ?, mover = NULL, moving_until = NULL", [movedTo]);
}

describe("the timetable", () => {
  let system: System;
  beforeAll(async () => {
    system = await start(TEST_CLOCK);
  });

  it("emits the latest slot of each job at the first start", async () => {
    const lines = await emitted(system);
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(
      new Set([
        "billing.day_started",
        "billing.invoices_due",
        "billing.overdue_due",
        "billing.reminders_due",
      ]),
    );
  });

  it("emits what is due in order of time, and once", async () => {
    await reset(system, "2026-01-31T00:10:00.000Z");
    expect(await system.call("cron.tick", {})).toEqual({ emitted: 4 });
    expect(await system.call("cron.tick", {})).toEqual({ emitted: 0 });
    expect(await emitted(system)).toEqual([
      "billing.overdue_due 2026-01-30",
      "billing.reminders_due 2026-01-30",
      "billing.day_started 2026-01-31",
      "billing.invoices_due 2026-01-31",
    ]);
  });

  it("emits once when several look at it at the same time", async () => {
    await reset(system, NOON);
    const ticks = await Promise.all(Array.from({ length: 10 }, () => system.call("cron.tick", {})));
    expect(ticks.reduce((sum, { emitted: count }) => sum + count, 0)).toBe(4);
    expect(await emitted(system)).toHaveLength(4);
  });

  it("emits only the latest slot of each job after an outage of days", async () => {
    await reset(system, "2026-01-20T12:00:00.000Z");
    await system.call("cron.tick", {});
    await system.db("cron").raw("UPDATE clock SET moved_to = ?", [NOON]);
    await system.call("cron.tick", {});
    expect((await emitted(system)).slice(4)).toEqual([
      "billing.day_started 2026-01-31",
      "billing.invoices_due 2026-01-31",
      "billing.overdue_due 2026-01-31",
      "billing.reminders_due 2026-01-31",
    ]);
  });

  it("records a slot and its event in one transaction", async () => {
    await reset(system, NOON);
    await system
      .db("cron")
      .raw("ALTER TABLE outbox ADD CONSTRAINT broken CHECK (type <> 'billing.overdue_due')");
    await expect(system.call("cron.tick", {})).rejects.toThrow("broken");
    expect((await system.db("cron").raw("SELECT FROM slots")).rowCount).toBe(0);
    await system.db("cron").raw("ALTER TABLE outbox DROP CONSTRAINT broken");
    expect(await system.call("cron.tick", {})).toEqual({ emitted: 4 });
  });

  it("is read every minute, and continues after a failed tick", async () => {
    const job = tickerOf(system);
    expect(job.cronTime.source).toBe("0 * * * * *");

    await reset(system, NOON);
    await system.db("cron").raw("ALTER TABLE slots RENAME TO slots_away");
    job.fireOnTick();
    await expect(system.call("cron.tick", {})).rejects.toThrow("slots");
    await system.db("cron").raw("ALTER TABLE slots_away RENAME TO slots");
    job.fireOnTick();
    expect(await eventually(async () => ((await emitted(system)).length === 4 ? true : undefined))).toBe(
      true,
    );
  });

  it("can be ticked only by the system", async () => {
    await expect(system.as(STAFF)("cron.tick", {})).rejects.toMatchObject({ code: 403 });
    await expect(system.as(STAFF)("cron.getClock", {})).rejects.toMatchObject({ code: 403 });
  });
});

describe("two instances on one database", () => {
  it("emit each slot once, starting and ticking together", async () => {
    database = await createDatabase();
    const both = await Promise.all([start({}, database.url), start({}, database.url)]);
    expect(await emitted(both[0])).toHaveLength(4);

    await reset(both[0], null);
    await Promise.all(both.flatMap(({ call }) => Array.from({ length: 5 }, () => call("cron.tick", {}))));
    expect(await emitted(both[1])).toHaveLength(4);
  });
});

describe("business time", () => {
  it("is the system's time and cannot be moved, unless TEST_CLOCK is on", async () => {
    const { call, as, db } = await start({ BILLING_TIMEZONE: "Pacific/Kiritimati" });
    await db("cron").raw("UPDATE clock SET moved_to = ?", [NOON]);
    const before = new Date().toISOString();
    const clock = await call("cron.getClock", {});
    expect(clock.now >= before && clock.now <= new Date().toISOString()).toBe(true);
    expect(clock).toMatchObject({ zone: "Pacific/Kiritimati", moved: false });
    expect(clock.today).toBe(
      new Intl.DateTimeFormat("en-CA", { timeZone: "Pacific/Kiritimati" }).format(new Date(clock.now)),
    );
    await expect(as(STAFF)("cron.moveClock", { advance: "P1D" })).rejects.toMatchObject({
      code: 403,
      type: "test_clock.disabled",
    });
  });

  describe("with TEST_CLOCK", () => {
    let system: System;
    beforeAll(async () => {
      system = await start({ ...TEST_CLOCK, BILLING_TIMEZONE: "Europe/Berlin" });
    });

    it("is the system's time until it is moved, and then stands still", async () => {
      expect(await system.call("cron.getClock", {})).toMatchObject({ moved: false });
      const { now: first } = await system.call("cron.getClock", {});
      const reading = await system.as(STAFF)("cron.moveClock", { advance: "PT1S" });
      expect(reading.now > first).toBe(true);
      expect(reading.moved).toBe(true);
      expect(await system.call("cron.getClock", {})).toEqual(reading);
    });

    it("moves by a duration on the calendar of the billing zone, or to a moment", async () => {
      await reset(system, "2026-03-28T12:00:00.000Z");
      const advanced = await system.as(STAFF)("cron.moveClock", { advance: "P1D" });
      expect(advanced).toEqual({
        now: "2026-03-29T11:00:00.000Z",
        today: "2026-03-29",
        zone: "Europe/Berlin",
        moved: true,
      });
      const moved = await system.as(STAFF)("cron.moveClock", { now: "2026-03-30T00:30:00+02:00" });
      expect(moved).toMatchObject({ now: "2026-03-29T22:30:00.000Z", today: "2026-03-30" });
    });

    it("emits every slot in between, in order, once, with any steps", async () => {
      await reset(system, "2026-01-30T22:00:00.000Z");
      await system.call("cron.tick", {});
      for (const advance of ["PT4H", "PT1M", "P1D"]) await system.as(STAFF)("cron.moveClock", { advance });
      expect((await emitted(system)).slice(4)).toEqual([
        "billing.day_started 2026-01-31",
        "billing.invoices_due 2026-01-31",
        "billing.overdue_due 2026-01-31",
        "billing.reminders_due 2026-01-31",
        "billing.day_started 2026-02-01",
        "billing.invoices_due 2026-02-01",
        "billing.overdue_due 2026-02-01",
      ]);
    });

    it.each([
      { why: "backward", params: { now: "2026-01-31T11:59:59.999Z" }, field: "now" },
      { why: "more than ten years ahead", params: { now: "2036-01-31T12:00:00.001Z" }, field: "now" },
      { why: "more than ten years ahead", params: { advance: "P121M" }, field: "advance" },
      { why: "beyond the calendar", params: { advance: "P9000Y" }, field: "advance" },
      { why: "without a target", params: {}, field: "now" },
      { why: "with two targets", params: { now: "2026-02-01T12:00:00Z", advance: "P1D" }, field: "now" },
      { why: "by a negative duration", params: { advance: "-P1D" }, field: "advance" },
      { why: "by nothing", params: { advance: "P0D" }, field: "advance" },
      { why: "by what is no duration", params: { advance: "a month" }, field: "advance" },
      { why: "to what is no moment", params: { now: "tomorrow" }, field: "now" },
      { why: "to a date without a time", params: { now: "2026-02-01" }, field: "now" },
      { why: "with an unknown field", params: { advance: "P1D", zone: "UTC" }, field: "zone" },
    ])("refuses to move $why", async ({ params, field }) => {
      await reset(system, NOON);
      await expect(system.as(STAFF)("cron.moveClock", params)).rejects.toMatchObject({
        code: 400,
        data: { errors: [{ field }] },
      });
      expect(await system.call("cron.getClock", {})).toMatchObject({ now: NOON });
      expect(await emitted(system)).toEqual([]);
    });

    it("can be moved only by staff", async () => {
      const customer = user("0199f000-0000-7000-8000-000000000002");
      await expect(system.as(customer)("cron.moveClock", { advance: "P1D" })).rejects.toMatchObject({
        code: 403,
      });
    });

    it("can be moved by one call at a time; the others get 409 and change nothing", async () => {
      await reset(system, NOON);
      const moves = await Promise.allSettled(
        Array.from({ length: 10 }, () => system.as(STAFF)("cron.moveClock", { advance: "P2D" })),
      );
      const refused = moves.filter((move) => move.status === "rejected");
      expect(refused).toHaveLength(9);
      for (const { reason } of refused)
        expect(reason).toMatchObject({ code: 409, type: "test_clock.moving" });
      expect(await system.call("cron.getClock", {})).toMatchObject({ today: "2026-02-02" });
    });

    it("can be moved again some time after a call that died", async () => {
      await reset(system, NOON);
      const claim =
        "UPDATE clock SET mover = gen_random_uuid(), moving_until = clock_timestamp() + ?::interval";
      await system.db("cron").raw(claim, ["1 second"]);
      await expect(system.as(STAFF)("cron.moveClock", { advance: "P1D" })).rejects.toMatchObject({
        code: 409,
      });
      await system.db("cron").raw(claim, ["-1 second"]);
      await expect(system.as(STAFF)("cron.moveClock", { advance: "P1D" })).resolves.toMatchObject({
        today: "2026-02-01",
      });
    });
  });
});

describe("moving the clock", () => {
  /**
   * A service that reads another's feed when it is drained, records business time, and writes an event of its
   * own.
   */
  function listener(system: System, name: string, producer: string, heard: string[]) {
    let known = { xid: "0", seq: 0 };
    let said = 0;
    return {
      name,
      events: { [`doorbell.${producer}`]: () => {} },
      actions: {
        events: () => ({
          events: [],
          next: START,
          at_head: true,
          head: { xid: "0", seq: said },
          horizon: "2",
        }),
        feedHead: () => ({ head: { xid: "0", seq: said }, horizon: "2" }),
        async drain() {
          const page = await system.broker.call<{ head: { xid: string; seq: number } }, object>(
            `${producer}.events`,
            { after: START },
            { meta: { caller: OPERATOR } },
          );
          if (page.head.xid === known.xid && page.head.seq === known.seq) return { done: 0 };
          known = page.head;
          const { now } = await system.call("cron.getClock", {});
          heard.push(`${name} at ${now}`);
          said += 1;
          return { done: 0 };
        },
      },
    };
  }

  it("drains the system after each slot, through all consumers, before the next one", async () => {
    const system = await start(TEST_CLOCK);
    const heard: string[] = [];
    // Consumers start before their producers, so that the order of starting does not help.
    system.broker.createService(listener(system, "identity", "invoicing", heard));
    system.broker.createService(listener(system, "invoicing", "cron", heard));
    await system.broker.waitForServices(["identity", "invoicing"]);
    await reset(system, "2026-01-31T00:04:00.000Z");
    await system.call("cron.tick", {});
    await system.as(STAFF)("cron.moveClock", { advance: "P1D" });

    expect(heard).toEqual(
      [
        "2026-01-31T00:04:00.000Z",
        "2026-01-31T00:05:00.000Z",
        "2026-01-31T00:30:00.000Z",
        "2026-01-31T09:00:00.000Z",
        "2026-02-01T00:00:00.000Z",
      ].flatMap((moment) => [`invoicing at ${moment}`, `identity at ${moment}`]),
    );
  });

  it("stops at the slot whose effect failed, and continues from there when called again", async () => {
    const system = await start(TEST_CLOCK);
    let failing = true;
    const invoicing = listener(system, "invoicing", "cron", []);
    system.broker.createService({
      ...invoicing,
      actions: {
        ...invoicing.actions,
        drain: async () => {
          const { today } = await system.call("cron.getClock", {});
          if (failing && today === "2026-02-02") throw new Error("no more");
          return { done: 0 };
        },
      },
    });
    await system.broker.waitForServices("invoicing");
    await reset(system, NOON);
    await system.call("cron.tick", {});
    const target = "2026-02-03T12:00:00Z";
    await expect(system.as(STAFF)("cron.moveClock", { now: target })).rejects.toThrow("no more");
    expect(await system.call("cron.getClock", {})).toMatchObject({ now: "2026-02-02T00:00:00.000Z" });

    failing = false;
    await expect(system.as(STAFF)("cron.moveClock", { now: target })).resolves.toMatchObject({
      today: "2026-02-03",
    });
    expect(await emitted(system)).toHaveLength(4 + 3 * 4);
  });
});
