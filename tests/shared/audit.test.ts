import { randomUUID } from "node:crypto";
import { compareFacts, type Originals } from "../../shared/service/audit/compare";
import { runChecks } from "../../shared/service/audit/checks";
import { digestFacts, listFacts, type FactSet } from "../../shared/service/audit/fact-set";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { EVENT_PATH_CHECKS } from "../../shared/service/audit/event-path-checks";
import { createDatabase, type TestDatabase } from "../support/postgres";
import { ownResults } from "../../services/invoicing/audit/own-results";

interface Fact {
  id: string;
  amount: number;
}

let database: TestDatabase;
let db: Knex;
const ORIGINALS: FactSet = { sql: "SELECT id, amount FROM originals", compared: ["amount"] };
const COPIES: FactSet = { sql: "SELECT id, amount FROM copies", compared: ["amount"] };

beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase({ url: database.url, schema: "public", poolSize: 4 });
  for (const table of ["originals", "copies"])
    await db.raw(`CREATE TABLE ${table} (id uuid PRIMARY KEY, amount bigint NOT NULL)`);
});
beforeEach(() => db.raw("TRUNCATE originals, copies"));
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const originals: Originals<Fact> = {
  digest: () => digestFacts(db, ORIGINALS),
  list: (selection) => listFacts<Fact>(db, ORIGINALS, selection),
};
const fill = (count: number) =>
  db.raw(
    `WITH original AS (
       INSERT INTO originals SELECT gen_random_uuid(), n FROM generate_series(1, ?::integer) n RETURNING *
     )
     INSERT INTO copies SELECT * FROM original`,
    [count],
  );

async function compare(options: Partial<Parameters<typeof compareFacts<Fact, Fact>>[0]> = {}) {
  const found = [];
  for await (const difference of compareFacts<Fact, Fact>({
    originals,
    db,
    facts: COPIES,
    catchUp: async () => {},
    ...options,
  })) {
    found.push(difference);
  }
  return found;
}

describe("comparing facts with their originals", () => {
  it.each([0, 1, 3_000])("finds %i equal facts equal, and asks for none of them", async (count) => {
    await fill(count);
    const list = jest.fn(originals.list);
    expect(await compare({ originals: { ...originals, list } })).toEqual([]);
    expect(list).not.toHaveBeenCalled();
  });

  it("names what is missing on either side, and what differs", async () => {
    await fill(5_000);
    const [missing, changed] = (await db("originals")
      .where("amount", "<", 3)
      .orderBy("amount")
      .pluck("id")) as string[];
    const orphan = randomUUID();
    await db("copies").where({ id: missing }).delete();
    await db("copies").where({ id: changed }).update({ amount: 77 });
    await db("copies").insert({ id: orphan, amount: 9 });
    const found = new Map((await compare()).map(({ id, ...sides }) => [id, sides]));
    expect(found).toEqual(
      new Map([
        [missing, { original: { id: missing, amount: 1 }, copy: undefined }],
        [changed, { original: { id: changed, amount: 2 }, copy: { id: changed, amount: 77 } }],
        [orphan, { original: undefined, copy: { id: orphan, amount: 9 } }],
      ]),
    );
  });

  it.each(["originals", "copies"])(
    "finds all of many pages that only the %s have, each once",
    async (table) => {
      await db.raw(`INSERT INTO ${table} SELECT gen_random_uuid(), n FROM generate_series(1, 5500) n`);
      const ids = (await compare()).map(({ id }) => id);
      expect(ids).toHaveLength(5_500);
      expect(new Set(ids).size).toBe(5_500);
    },
  );

  it("does not count what arrives while it looks", async () => {
    await fill(10);
    const id = randomUUID();
    await db("originals").insert({ id, amount: 5 });
    let caughtUp = 0;
    const catchUp = async () => {
      caughtUp += 1;
      if (caughtUp === 2) await db("copies").insert({ id, amount: 5 });
    };
    expect(await compare({ catchUp })).toEqual([]);
    expect(caughtUp).toBe(2);
  });

  it("does not count an original that changes during the audit, but counts it afterwards", async () => {
    await fill(10);
    const [{ id }] = (await db("originals").limit(1)) as [Fact];
    await db("copies").where({ id }).update({ amount: 1_000 });
    let changes = 0;
    const restless = async () => {
      changes += 1;
      await db("originals")
        .where({ id })
        .update({ amount: 2_000 + changes });
    };
    expect(await compare({ catchUp: restless })).toEqual([]);
    expect((await compare()).map((difference) => difference.id)).toEqual([id]);
  });
});

describe("checks", () => {
  const check = { check: "even", says: "all are even", sql: "SELECT id FROM originals WHERE amount % 2 = 1" };

  it("count all findings and name the first twenty", async () => {
    await fill(100);
    const [result] = await runChecks(db, "test", [check], async () => {});
    expect(result).toMatchObject({ service: "test", check: "even", says: "all are even", findings: 50 });
    expect(result?.ids).toEqual(
      (await db("originals").whereRaw("amount % 2 = 1").orderBy("id").limit(20).pluck("id")) as string[],
    );
  });

  it("count only what is found twice: neither what settles, nor what comes up meanwhile", async () => {
    await fill(3);
    const drain = () =>
      db.raw("UPDATE originals SET amount = CASE amount WHEN 1 THEN 2 WHEN 2 THEN 5 ELSE amount END");
    const [result] = await runChecks(db, "test", [check], drain);
    expect(result).toMatchObject({
      findings: 1,
      ids: (await db("originals").where({ amount: 3 }).pluck("id")) as string[],
    });
  });
});

describe("the event path's checks", () => {
  const findings = async () => {
    const found: Record<string, object[]> = {};
    await db.transaction(async (trx) => {
      await trx.raw("SET LOCAL search_path = catalog");
      for (const { check, sql } of EVENT_PATH_CHECKS)
        found[check] = (await trx.raw<{ rows: object[] }>(sql)).rows;
    });
    return found;
  };

  it("find a dead letter, an event that is held back, and a request that was cut off", async () => {
    expect(await findings()).toEqual({ dead_letters: [], events_given_out: [], requests_ended: [] });
    const [held, young, letter] = [randomUUID(), randomUUID(), randomUUID()];
    await db.raw(
      `INSERT INTO catalog.outbox (xid, id, type, subject_id, payload, occurred_at)
       VALUES ('9000000000', ?, 'plan.created', 'x', '{}', now() - interval '6 minutes'),
              ('9000000000', ?, 'plan.created', 'x', '{}', now())`,
      [held, young],
    );
    await db.raw(
      `INSERT INTO catalog.dead_letters
         (id, producer, type, subject_id, payload, occurred_at, error, attempts)
       VALUES (?, 'cron', 'x', 'x', '{}', now(), 'test', 5)`,
      [letter],
    );
    await db.raw(
      `INSERT INTO catalog.idempotency_records (scope, action, key, request_sha256, done, created_at)
       SELECT 'operator', 'catalog.x', key, decode(repeat('00', 32), 'hex'), done, now() - age::interval
       FROM (VALUES ('cut off', false, '6 minutes'), ('young', false, '1 minute'), ('done', true, '1 hour'))
         AS record(key, done, age)`,
    );
    expect(await findings()).toEqual({
      dead_letters: [{ id: letter }],
      events_given_out: [{ id: held }],
      requests_ended: [{ id: "catalog.x operator cut off" }],
    });
  });

  it("count an event as held back only by a transaction that could write here", async () => {
    const old = randomUUID();
    const other = await createDatabase();
    const stranger = openDatabase({ url: other.url, schema: "public", poolSize: 1 });
    for (const [holder, found] of [
      [stranger, []],
      [db, [{ id: old }]],
    ] as const) {
      const trx = await holder.transaction();
      await trx.raw("SELECT pg_current_xact_id()");
      await db.raw("DELETE FROM catalog.outbox");
      await db.raw(
        `INSERT INTO catalog.outbox (id, type, subject_id, payload, occurred_at)
         VALUES (?, 'plan.created', 'x', '{}', now() - interval '6 minutes')`,
        [old],
      );
      expect(await findings()).toMatchObject({ events_given_out: found });
      await trx.rollback();
    }
    await stranger.destroy();
    await other.drop();
  });
});

describe("what a service says of itself", () => {
  const result = { service: "notifications", check: "dead_letters", says: "none", findings: 2, ids: ["1"] };

  it("counts", () => expect(ownResults("notifications", [result])).toEqual([result]));

  it.each([
    ["less than no findings", [{ ...result, findings: -2 }]],
    ["another service's results", [result, { ...result, service: "payments", findings: 0 }]],
    ["no results", { clean: true }],
    ["results without end", Array.from({ length: 201 }, (_, n) => ({ ...result, check: `check_${n}` }))],
  ])("does not count when it gives %s", (_, answer) => {
    expect(() => ownResults("notifications", answer)).toThrow("something else than its own results");
  });
});
