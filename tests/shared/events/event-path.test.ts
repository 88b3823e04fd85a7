import { setTimeout as delay } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import type { Logger, ServiceBroker } from "moleculer";
import type { EventEnvelope, Position } from "../../../shared/contracts/contract";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { serviceUrl } from "../../../shared/db/service-url";
import type { Call } from "../../../shared/contracts";
import { readChanges } from "../../../shared/events/audit-log";
import { broadcastOwnEvents } from "../../../shared/events/broadcast";
import { consume, type Consumer } from "../../../shared/events/consumer";
import { FeedReader, LostPlaceError, type FeedReaderOptions } from "../../../shared/events/feed-reader";
import { moveCursor, readCursor } from "../../../shared/events/cursor";
import { Doorbell } from "../../../shared/events/doorbell";
import { readFeed } from "../../../shared/events/feed";
import { checkEpoch } from "../../../shared/events/epoch";
import { START } from "../../../shared/events/positions";
import { appendEvents } from "../../../shared/events/outbox";
import { dropOldEvents } from "../../../shared/events/retention";
import { createDatabase, type TestDatabase } from "../../support/postgres";
import { eventually } from "../../support/system";

const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} } as unknown as Logger;
const plan = (name: string) => ({
  id: randomUUID(),
  name,
  currency: "usd",
  interval: "month" as const,
  product: "default",
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
  await checkEpoch(producer);
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

  describe("behind a transaction that stays open", () => {
    const STUCK_MS = 2_500;
    const open = async (db: Knex) => {
      const trx = await db.transaction();
      await trx.raw("SELECT pg_current_xact_id()");
      return trx;
    };
    const readAfterAWhile = async () => {
      await reader().readToHead();
      await delay(STUCK_MS);
      await reader().readToHead();
      return effects();
    };

    it("gives what it has when a role that cannot write here holds the transaction", async () => {
      const stranger = await open(consumer);
      await commit("a", "b");
      expect(await reader().readToHead()).toBe(0);
      expect(await readAfterAWhile()).toEqual(["a", "b"]);
      expect(await reader().catchUp(1_000)).toBe(0);
      await stranger.rollback();
      await commit("c");
      await reader().catchUp();
      expect(await effects()).toEqual(["a", "b", "c"]);
    });

    it("gives what it has while such transactions follow one another, and says so", async () => {
      const strangers = [await open(consumer)];
      await commit("a", "b");
      const first = await readFeed(producer, START, ["-"], 1);
      expect(BigInt(first.horizon)).toBeLessThanOrEqual(BigInt(first.head.xid));
      await delay(STUCK_MS / 2);
      strangers.push(await open(consumer));
      await strangers[0]?.rollback();
      await readFeed(producer, START, ["-"], 1);
      await delay(STUCK_MS / 2);
      const last = await readFeed(producer, START, ["-"], 1);
      expect(BigInt(last.horizon)).toBeGreaterThan(BigInt(last.head.xid));
      await strangers[1]?.rollback();
    });

    it("waits when its own service or the administrator holds the transaction", async () => {
      const admin = openDatabase({ url: database.url, schema: "catalog", poolSize: 1 });
      for (const db of [producer, admin]) {
        const writer = await open(db);
        const name = db === admin ? "admin" : "own";
        await commit(`${name} 2`);
        expect(await readAfterAWhile()).not.toContain(`${name} 2`);
        await append(writer, `${name} 1`);
        await writer.commit();
        seen = [];
        await reader().catchUp();
        expect(seen).toEqual([`${name} 1`, `${name} 2`]);
      }
      await admin.destroy();
    });
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
    const { xid, seq } = rest.next;
    expect(rest).toMatchObject({ at_head: true, head: { xid, seq } });
  });

  it("passes over events of types that the reader does not want, and moves on", async () => {
    await commit("a");
    await released();
    const page = await readFeed(producer, START, ["plan.archived"], 100);
    expect(page.events).toEqual([]);
    expect(page.next).toMatchObject(page.head);
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

  it("leaves no effect of an instance whose page another one has consumed meanwhile", async () => {
    // No key in the consumer's tables stops a second effect here.
    const addPlan = consume("plan.created", async (trx, events) => {
      for (const { payload } of events)
        await trx.raw("INSERT INTO plans (id, name) VALUES (uuidv7(), ?)", [payload.name]);
    });
    await commit("one", "two");
    await released();
    const others: number[] = [];
    const overtake = (async (_name: string, request: FeedRequest) => {
      const page = await readFeed(producer, request.after, request.types, request.limit);
      if (others.length === 0) others.push(await reader(addPlan).readToHead());
      return page;
    }) as unknown as Call;
    expect(await reader(addPlan, { call: overtake }).readToHead()).toBe(0);
    expect(others).toEqual([2]);
    expect(await effects()).toEqual(["one", "two"]);
  });

  it("goes on, in catching up, when another instance has consumed a part of its page", async () => {
    await commit("one", "two");
    await released();
    let isFirst = true;
    const overtake = (async (_name: string, { after, types, limit }: FeedRequest) => {
      const page = await readFeed(producer, after, types, limit);
      const part = await readFeed(producer, after, types, 1);
      if (isFirst) await moveCursor(consumer, "catalog", after, part.next);
      isFirst = false;
      return page;
    }) as unknown as Call;
    expect(await reader(writeName, { call: overtake }).catchUp()).toBe(1);
    expect(await effects()).toEqual(["two"]);
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

  it("tries an event five times by itself, after its page has failed, before it lays it aside", async () => {
    for (const [failures, letters] of [
      [5, 0],
      [6, 1],
    ] as const) {
      await commit(`fails ${failures} times`);
      let left = failures;
      const failing = consume("plan.created", async (trx, events) => {
        if (left-- > 0) throw new Error("cannot digest");
        await writeName.handle(trx, events as never, undefined);
      });
      await reader(failing, { retryPause_ms: 1 }).catchUp();
      expect(await consumer("dead_letters")).toHaveLength(letters);
    }
    expect(await effects()).toEqual(["fails 5 times"]);
  });

  it("makes no dead letter of an event that fails because Postgres is away", async () => {
    await commit("poison", "a");
    let away = true;
    const picky = consume("plan.created", async (trx, events) => {
      const names = events.map(({ payload }) => payload.name);
      if (names.includes("poison")) throw new Error("cannot digest");
      if (away) throw Object.assign(new Error("terminating connection"), { code: "57P01" });
      await writeName.handle(trx, events as never, undefined);
    });
    const one = reader(picky, { maxAttempts: 1 });
    await expect(one.catchUp()).rejects.toThrow("terminating connection");
    away = false;
    await one.catchUp();
    expect(await effects()).toEqual(["a"]);
    const letters = await consumer("dead_letters").select<{ subject_id: string }[]>("subject_id");
    expect(letters).toEqual([{ subject_id: "poison" }]);
  });

  it("leaves another producer's dead letter alone when it is asked to replay it", async () => {
    await commit("poison");
    const failing = consume("plan.created", async () => {
      throw new Error("cannot digest");
    });
    await reader(failing, { maxAttempts: 1 }).catchUp();
    const letters = () =>
      consumer("dead_letters").select<{ id: string; producer: string }[]>("id", "producer");
    const [letter] = await letters();
    const other = reader(writeName, { producer: "subscriptions" });
    expect(await other.replay(letter?.id ?? "")).toBe(false);
    expect(await letters()).toEqual([{ id: letter?.id, producer: "catalog" }]);
    expect(await effects()).toEqual([]);
    expect(await reader().replay(letter?.id ?? "")).toBe(true);
    expect(await effects()).toEqual(["poison"]);
  });

  it("moves its cursor once from each position, also between the rows of one transaction", async () => {
    await commit("a", "b", "c");
    await released();
    const { events, next } = await readFeed(producer, START, undefined, 10);
    const [a, b, c] = events.map(({ xid, seq, id }) => ({ ...next, xid, seq, id }));
    if (a === undefined || b === undefined || c === undefined) throw new Error("there are three events");
    expect(a.xid).toBe(c.xid);
    const start = await readCursor(consumer, "catalog");
    expect(await moveCursor(consumer, "catalog", start, a)).toBe(true);
    expect(await moveCursor(consumer, "catalog", a, b)).toBe(true);
    // The other instance stood at the same position, and would go on from there.
    expect(await moveCursor(consumer, "catalog", a, c)).toBe(false);
    expect(await readCursor(consumer, "catalog")).toMatchObject({ xid: b.xid, seq: b.seq });
    expect(await moveCursor(consumer, "catalog", { ...b, xid: "1" }, c)).toBe(false);
    expect(await moveCursor(consumer, "catalog", b, c)).toBe(true);
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

describe("a producer that lies", () => {
  it("does not keep a reader at one place for ever", async () => {
    const call = (async (_: string, { after }: FeedRequest) => ({
      ...(await readFeed(producer, after, undefined, 1)),
      next: after,
      at_head: false,
    })) as unknown as Call;
    const misled = reader(writeName, { call });
    const readings = ["readToHead", "catchUp", "firstUnread", "behind"] as const;
    for (const reading of readings)
      await expect(misled[reading]()).rejects.toThrow(
        "catalog's feed has more events, but does not give them",
      );
  });

  it("does not keep a reader that is to stop, with pages without end", async () => {
    const epoch = randomUUID();
    const call = ((_: string, { after }: FeedRequest) => {
      const next = { epoch, xid: "1", seq: after.seq + 1, id: randomUUID() };
      return Promise.resolve({ events: [], next, at_head: false, head: next, horizon: "2" });
    }) as unknown as Call;
    const began_ms = performance.now();
    expect(await reader(writeName, { call }).readToHead(() => performance.now() > began_ms + 100)).toBe(0);
  });
});

const onAnotherServer = () => producer.raw("UPDATE epoch SET server = 'another'");

describe("a producer's database that was restored", () => {
  /** What a copy in a new server has: transaction ids that this server has not reached. */
  const fromTheFuture = async () => {
    const future = 4_000_000_000_000;
    await producer.raw("UPDATE outbox SET xid = (xid::text::bigint + ?)::text::xid8", [future]);
    await consumer.raw(
      "UPDATE cursors SET xid = (xid::text::bigint + ?)::text::xid8 WHERE producer = 'catalog'",
      [future],
    );
  };
  /** What a backup of an older day does not have. */
  const withoutEvents = (...names: string[]) =>
    producer.raw("DELETE FROM outbox WHERE subject_id = ANY(?)", [names]);
  const epochs = async () => (await producer.raw<{ rows: object[] }>("SELECT id FROM epoch")).rows;

  it("in a new server neither stalls, repeats nor loses an event", async () => {
    await commit("read 1", "read 2");
    await reader().catchUp();
    await commit("unread 1");
    await commit("unread 2");
    await fromTheFuture();
    expect(await reader().readToHead()).toBe(0);

    expect(await Promise.all([checkEpoch(producer), checkEpoch(producer)])).toContain(true);
    expect(await checkEpoch(producer)).toBe(false);
    await commit("new");
    seen = [];
    expect(await reader().catchUp()).toBe(3);
    expect(seen).toEqual(["unread 1", "unread 2", "new"]);
  });

  it("in a new server keeps the old order where seq and xid disagree, also a second time", async () => {
    const early = await producer.transaction();
    await early.raw("SELECT pg_current_xact_id()");
    await commit("second");
    await append(early, "first");
    await early.commit();
    const places = async () => {
      await released();
      const { events } = await readFeed(producer, START, undefined, 10);
      return events.map(({ subject_id, xid, seq }) => [subject_id, xid, seq]);
    };
    await fromTheFuture();
    await checkEpoch(producer);
    expect(await places()).toEqual([
      ["first", "1", 1],
      ["second", "1", 2],
    ]);
    await reader().catchUp();
    await commit("third");
    await producer.raw("UPDATE outbox SET xid = '4000000000000' WHERE subject_id = 'third'");
    await checkEpoch(producer);
    expect((await places()).slice(1)).toEqual([
      ["second", "1", 2],
      ["third", "1", 3],
    ]);
    seen = [];
    await reader().catchUp();
    expect(seen).toEqual(["third"]);
  });

  it("in a server whose transaction ids are higher begins an epoch, and readers go on", async () => {
    await commit("read");
    await reader().catchUp();
    await commit("unread");
    const before = await epochs();
    await onAnotherServer();
    expect(await checkEpoch(producer)).toBe(true);
    expect(await epochs()).not.toEqual(before);
    seen = [];
    await reader().catchUp();
    expect(seen).toEqual(["unread"]);
  });

  it("to an older day stops the reader, which says so once, until an operator accepts the loss", async () => {
    await commit("kept");
    await commit("lost");
    const lines: string[] = [];
    const log = { ...silent, error: (_: object, line: string) => lines.push(line) } as unknown as Logger;
    const lags: number[] = [];
    const stopped = reader(writeName, { log, onLag: (behind) => lags.push(behind) });
    await stopped.catchUp();
    await withoutEvents("lost");
    await fromTheFuture();
    await checkEpoch(producer);

    lags.length = 0;
    await expect(stopped.readToHead()).rejects.toThrow(LostPlaceError);
    await commit("after 1");
    await commit("after 2");
    await released();
    await expect(stopped.catchUp()).rejects.toThrow("catalog was restored to an older day");
    await expect(stopped.behind()).rejects.toThrow(LostPlaceError);
    expect(lines).toEqual([expect.stringContaining("catalog was restored to an older day")]);
    expect(lags).toEqual([1, 2, 2]);
    expect(await effects()).toEqual(["kept", "lost"]);

    seen = [];
    const author = { actor: "operator", requestId: "a request" };
    expect(await stopped.acceptLoss(author)).toBe(true);
    expect(await stopped.acceptLoss(author)).toBe(false);
    const filter = { limit: 10, object: stopped.producer };
    expect(await readChanges(consumer, "consumer", filter)).toMatchObject([
      { actor: "operator", request_id: "a request", action: "loss.accepted" },
    ]);
    await stopped.catchUp();
    expect(seen).toEqual(["after 1", "after 2"]);
  });

  it("to a day before its first event loses everything, and what follows is consumed", async () => {
    await commit("lost");
    await reader().catchUp();
    await withoutEvents("lost");
    await onAnotherServer();
    await checkEpoch(producer);
    await commit("after");
    await released();
    await expect(reader().catchUp()).rejects.toThrow(LostPlaceError);
    seen = [];
    expect(await reader().acceptLoss()).toBe(true);
    await reader().catchUp();
    expect(seen).toEqual(["after"]);
  });

  it("to an older day while its service runs is noticed by the event that is missing", async () => {
    await commit("kept");
    await commit("lost");
    await reader().catchUp();
    await withoutEvents("lost");
    await commit("after");
    await released();
    await expect(reader().readToHead()).rejects.toThrow(LostPlaceError);
    seen = [];
    expect(await reader().acceptLoss()).toBe(true);
    await reader().catchUp();
    expect(seen).toEqual(["after"]);
  });

  it("to a day that the reader has not passed loses nothing of what it consumed", async () => {
    await commit("read");
    await reader().catchUp();
    await commit("unread and lost");
    await withoutEvents("unread and lost");
    await fromTheFuture();
    await checkEpoch(producer);
    await commit("after");
    seen = [];
    await reader().catchUp();
    expect(seen).toEqual(["after"]);
  });

  it("to an older day does not stop the broadcast of its own events", async () => {
    const emitted: string[] = [];
    const broker = {
      registry: { events: { getGroups: () => ["accounting"] } },
      emit: async (_type: string, { subject_id }: EventEnvelope) => void emitted.push(subject_id),
    } as unknown as ServiceBroker;
    const broadcast = async () => {
      await released();
      while ((await broadcastOwnEvents({ broker, service: "catalog", db: producer }, {})) > 0);
    };
    await commit("kept");
    await commit("lost");
    await broadcast();
    await withoutEvents("lost");
    await onAnotherServer();
    await checkEpoch(producer);
    await commit("after");
    await broadcast();
    expect(emitted).toEqual(["kept", "lost", "after"]);
  });

  it("takes no new epoch at an ordinary start", async () => {
    await commit("a");
    const before = await epochs();
    expect(await checkEpoch(producer)).toBe(false);
    expect(await epochs()).toEqual(before);
  });
});

describe("events older than 90 days", () => {
  const age = (...names: string[]) =>
    producer.raw("UPDATE outbox SET occurred_at = now() - interval '91 days' WHERE subject_id = ANY(?)", [
      names,
    ]);
  const left = async () => {
    await released();
    return (await readFeed(producer, START, undefined, 10)).events.map((event) => event.subject_id);
  };

  it("are dropped, up to the first younger one", async () => {
    await commit("old", "young", "old too");
    await age("old", "old too");
    expect(await dropOldEvents(producer)).toBe(1);
    expect(await dropOldEvents(producer)).toBe(0);
    expect(await left()).toEqual(["young", "old too"]);
  });

  it("are not taken for lost, neither as they are nor after a restore", async () => {
    await commit("old");
    await reader().catchUp();
    await age("old");
    expect(await dropOldEvents(producer)).toBe(1);
    expect(await reader().catchUp()).toBe(0);
    await commit("a");
    expect(await reader().catchUp()).toBe(1);
    await age("a");
    await dropOldEvents(producer);
    await onAnotherServer();
    expect(await checkEpoch(producer)).toBe(true);
    expect(await reader().behind()).toBe(0);
    await commit("b");
    seen = [];
    expect(await reader().catchUp()).toBe(1);
    expect(seen).toEqual(["b"]);
  });
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
