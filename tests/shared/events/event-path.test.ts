import { randomUUID } from "node:crypto";
import type { Logger, ServiceBroker } from "moleculer";
import type { EventEnvelope, Position } from "../../../shared/contracts/contract";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { serviceUrl } from "../../../shared/db/service-url";
import type { Call } from "../../../shared/contracts";
import { consume, type Consumer } from "../../../shared/events/consumer";
import { FeedReader, type FeedReaderOptions } from "../../../shared/events/feed-reader";
import { readCursor } from "../../../shared/events/cursor";
import { Doorbell } from "../../../shared/events/doorbell";
import { readFeed, START } from "../../../shared/events/feed";
import { appendEvents } from "../../../shared/events/outbox";
import { renumberRestoredOutboxes } from "../../../shared/events/renumber";
import { dropOldEvents } from "../../../shared/events/retention";
import { createDatabase, type TestDatabase } from "../../support/postgres";
import { eventually } from "../../support/system";

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} } as unknown as Logger;
const plan = (name: string) => ({
  id: randomUUID(),
  name,
  currency: "usd",
  interval: "month" as const,
  interval_count: 1,
  trial_days: 0,
  archived: false,
});

let database: TestDatabase;
let producer: Knex;
let consumer: Knex;
let seen: string[];

beforeEach(async () => {
  database = await createDatabase();
  producer = openDatabase({ url: serviceUrl(database.url, "catalog"), schema: "catalog" });
  consumer = openDatabase({ url: serviceUrl(database.url, "invoicing"), schema: "invoicing" });
  seen = [];
});
afterEach(async () => {
  await producer.destroy();
  await consumer.destroy();
  await database.drop();
});

const append = (trx: Knex.Transaction, name: string) =>
  appendEvents<"catalog">(trx, [{ type: "plan.created", subject_id: name, payload: plan(name) }]);
const commit = (...names: string[]) =>
  producer.transaction(async (trx) => {
    for (const name of names) await append(trx, name);
  });

/**
 * Other databases of the cluster share its transaction ids: waits until none of theirs holds back what is
 * committed here.
 */
const released = () =>
  eventually(async () => {
    const { head, horizon } = await readFeed(producer, START, ["-"], 1);
    return BigInt(horizon) > BigInt(head.xid) ? true : undefined;
  });

/** The effect is a row in the consumer's own schema: what is there is what took effect. */
const writeName: Consumer<unknown> = consume("plan.created", async (trx, events) => {
  for (const { payload } of events) {
    seen.push(payload.name);
    await trx.raw("INSERT INTO plans (id, name) VALUES (?, ?)", [payload.id, payload.name]);
  }
});
const effects = async () =>
  (await consumer.raw<{ rows: { name: string }[] }>("SELECT name FROM plans ORDER BY name")).rows.map(
    ({ name }) => name,
  );

/** Answers `catalog.events` as the producer does. */
const answerFeed = ((_name: string, { after, types, limit }: FeedRequest) =>
  readFeed(producer, after, types, limit)) as unknown as Call;
interface FeedRequest {
  after: Position;
  types: string[];
  limit: number;
}

function reader(handler: Consumer<unknown> = writeName, options: Partial<FeedReaderOptions<unknown>> = {}) {
  return new FeedReader({
    producer: "catalog",
    consumers: [handler],
    env: undefined,
    db: consumer,
    log: silent,
    call: answerFeed,
    retryPause_ms: 1,
    ...options,
  });
}

describe("the feed", () => {
  it("loses no row of a transaction that commits after a later one", async () => {
    const slow = await producer.transaction();
    await append(slow, "slow");
    await commit("quick");
    expect(await reader().readToHead()).toBe(0);
    await slow.commit();
    expect(await reader().catchUp()).toBe(2);
    expect(await effects()).toEqual(["quick", "slow"]);
  });

  it("gives events in the order of (xid, seq), and again from any position", async () => {
    await commit("a", "b");
    await commit("c");
    await released();
    const first = await readFeed(producer, START, undefined, 2);
    expect(first.events.map((event) => event.subject_id)).toEqual(["a", "b"]);
    expect(first.at_head).toBe(false);
    const rest = await readFeed(producer, first.next, undefined, 2);
    expect(rest.events.map((event) => event.subject_id)).toEqual(["c"]);
    expect(rest).toMatchObject({ at_head: true, head: rest.next });
  });

  it("passes over events of types that the reader does not want, and moves on", async () => {
    await commit("a");
    await released();
    const page = await readFeed(producer, START, ["plan.archived"], 100);
    expect(page.events).toEqual([]);
    expect(page.next).toEqual(page.head);
  });

  it("keeps a page below the size that NATS carries", async () => {
    await producer.raw(
      `INSERT INTO outbox (type, subject_id, payload)
       SELECT 'plan.created', n, jsonb_build_object('text', (
         SELECT string_agg(md5(random()::text || i), '') FROM generate_series(1, 300) i))
       FROM generate_series(1, 200) n`,
    );
    await released();
    let after = START;
    const sizes: number[] = [];
    for (
      let page = await readFeed(producer, after, undefined, 1000);
      page.events.length > 0;
      page = await readFeed(producer, after, undefined, 1000)
    ) {
      sizes.push(Buffer.byteLength(JSON.stringify(page)));
      after = page.next;
    }
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(512 * 1024);
    expect(after.seq).toBe(200);
  });

  it("refuses an event that is too large to travel", async () => {
    const event = {
      type: "plan.created" as const,
      subject_id: "x",
      payload: { ...plan("x"), name: [...Array(70_000)].map(() => Math.random().toString(36)[2]).join("") },
    };
    await expect(producer.transaction((trx) => appendEvents<"catalog">(trx, [event]))).rejects.toThrow(
      /outbox_payload_check/,
    );
  });
});

describe("a consumer", () => {
  it("moves its cursor and takes effect together, or not at all", async () => {
    await commit("a", "b");
    const before = await readCursor(consumer, "catalog");
    const failsAtB = consume("plan.created", async (trx, events) => {
      await writeName.handle(trx, events as never, undefined);
      if (events.some(({ payload }) => payload.name === "b"))
        throw Object.assign(new Error("gone"), { code: "57P01" });
    });
    await expect(reader(failsAtB).catchUp()).rejects.toThrow("gone");
    expect(await readCursor(consumer, "catalog")).toEqual(before);
    expect(await effects()).toEqual([]);
    expect(await reader().catchUp()).toBe(2);
  });

  it("lets each event take effect once when ten instances read at once", async () => {
    await commit(...Array.from({ length: 50 }, (_, n) => `plan ${n}`));
    const counts = await Promise.all(Array.from({ length: 10 }, () => reader().catchUp()));
    expect(counts.reduce((sum, count) => sum + count)).toBe(50);
    expect(await effects()).toHaveLength(50);
  });

  it("waits, in catching up, for what is committed behind a transaction still running", async () => {
    const slow = await producer.transaction();
    await append(slow, "slow");
    await commit("quick");
    const caughtUp = reader().catchUp();
    await expect(
      Promise.race([caughtUp, new Promise((resolve) => setTimeout(resolve, 50, "waiting"))]),
    ).resolves.toBe("waiting");
    await slow.commit();
    await caughtUp;
    expect(await effects()).toEqual(["quick", "slow"]);
  });

  it("does not wait for what is committed after it began to catch up", async () => {
    await commit("a");
    await released();
    const running = await producer.transaction();
    await append(running, "later");
    try {
      await reader().catchUp();
    } finally {
      await running.rollback();
    }
    expect(await effects()).toEqual(["a"]);
  });

  it("lays an event aside that keeps failing, lets the rest flow on, and can replay it", async () => {
    await commit("a", "poison", "z");
    const letters: EventEnvelope[] = [];
    let healed = false;
    const picky = consume("plan.created", async (trx, events) => {
      await writeName.handle(trx, events as never, undefined);
      if (!healed && events.some(({ payload }) => payload.name === "poison"))
        throw new Error("cannot digest");
    });
    const one = reader(picky, { maxAttempts: 3, onDeadLetter: (event) => letters.push(event) });
    expect(await one.catchUp()).toBe(3);
    expect(await effects()).toEqual(["a", "z"]);
    expect(seen.filter((name) => name === "poison")).toHaveLength(4);
    expect(letters.map((event) => event.subject_id)).toEqual(["poison"]);
    const { rows } = await consumer.raw<{ rows: { id: string; error: string; attempts: number }[] }>(
      "SELECT * FROM dead_letters",
    );
    expect(rows).toMatchObject([
      { producer: "catalog", type: "plan.created", error: "cannot digest", attempts: 3 },
    ]);

    const letter = rows[0]?.id ?? "";
    await expect(one.replay(letter)).rejects.toThrow("cannot digest");
    healed = true;
    expect(await one.replay(letter)).toBe(true);
    expect(await one.replay(letter)).toBe(false);
    expect(await effects()).toEqual(["a", "poison", "z"]);
  });

  it("lays an event aside whose payload breaks the contract", async () => {
    await producer.raw(
      "INSERT INTO outbox (type, subject_id, payload) VALUES ('plan.created', 'x', '{\"name\": 7}')",
    );
    await commit("fine");
    await reader(writeName, { maxAttempts: 1 }).catchUp();
    expect(await effects()).toEqual(["fine"]);
    expect((await consumer.raw("SELECT subject_id FROM dead_letters")).rows).toEqual([{ subject_id: "x" }]);
  });

  it("tells how far it is behind", async () => {
    await commit(...Array.from({ length: 1500 }, (_, n) => `plan ${n}`));
    const lags: number[] = [];
    await reader(writeName, { onLag: (behind) => lags.push(behind) }).catchUp();
    expect(lags.slice(0, 3)).toEqual([900, 300, 0]);
  });
});

describe("a database restored into another cluster", () => {
  const future = 4_000_000_000_000;

  it("neither stalls, repeats nor loses an event", async () => {
    await commit("read 1", "read 2");
    await reader().catchUp();
    await commit("unread 1");
    await commit("unread 2");
    // What a dump carries over: rows and cursors with the other cluster's transaction ids, out of order with
    // their seq.
    await producer.raw("UPDATE outbox SET xid = (xid::text::bigint + ?)::text::xid8", [future]);
    await consumer.raw(
      "UPDATE cursors SET xid = (xid::text::bigint + ?)::text::xid8 WHERE producer = 'catalog'",
      [future],
    );
    expect(await reader().readToHead()).toBe(0);

    const admin = openDatabase({ url: database.url, schema: "public", poolSize: 1 });
    expect(await renumberRestoredOutboxes(admin, ["catalog", "invoicing", "subscriptions"])).toEqual([
      "catalog",
    ]);
    expect(await renumberRestoredOutboxes(admin, ["catalog", "invoicing", "subscriptions"])).toEqual([]);
    await admin.destroy();

    await commit("new");
    seen = [];
    expect(await reader().catchUp()).toBe(3);
    expect(seen).toEqual(["unread 1", "unread 2", "new"]);
  });

  it("keeps the old order where seq and xid disagree", async () => {
    const early = await producer.transaction();
    await early.raw("SELECT pg_current_xact_id()");
    await commit("second");
    await append(early, "first");
    await early.commit();
    await producer.raw("UPDATE outbox SET xid = (xid::text::bigint + ?)::text::xid8", [future]);
    const admin = openDatabase({ url: database.url, schema: "public", poolSize: 1 });
    await renumberRestoredOutboxes(admin, ["catalog"]);
    await admin.destroy();
    await released();
    const { events } = await readFeed(producer, START, undefined, 10);
    expect(events.map(({ subject_id, xid, seq }) => [subject_id, xid, seq])).toEqual([
      ["first", "1", 1],
      ["second", "1", 2],
    ]);
  });
});

it("drops outbox rows after 90 days", async () => {
  await commit("old", "young");
  await producer.raw("UPDATE outbox SET occurred_at = now() - interval '91 days' WHERE subject_id = 'old'");
  expect(await dropOldEvents(producer)).toBe(1);
  await released();
  expect((await readFeed(producer, START, undefined, 10)).events.map((event) => event.subject_id)).toEqual([
    "young",
  ]);
});

it("lets no service's role touch another's schema", async () => {
  await expect(consumer.raw("SELECT * FROM catalog.outbox")).rejects.toThrow(
    /permission denied for schema catalog/,
  );
  await expect(consumer.raw("SET ROLE billing_catalog")).rejects.toThrow(/permission denied/);
});

it("rings the doorbell at once, then no more than once in a while", async () => {
  const rings: string[] = [];
  const broker = {
    broadcast: async (event: string) => void rings.push(event),
    logger: silent,
  } as unknown as ServiceBroker;
  const bell = new Doorbell(broker, "catalog");
  for (let ring = 0; ring < 100; ring++) bell.ring();
  expect(rings).toEqual(["doorbell.catalog"]);
  await eventually(() => (rings.length === 2 ? true : undefined));
});
