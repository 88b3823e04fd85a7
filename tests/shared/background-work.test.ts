import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { BackgroundWork } from "../../shared/service/background-work";
import { START } from "../../shared/events/positions";
import { Semaphore } from "../../shared/service/semaphore";
import { startSystem, user, type System } from "../support/system";

/** Pieces of work that say when they begin, and end when they are told to. */
function pieces(background: BackgroundWork) {
  const begun: string[] = [];
  const ends = new Map<string, { end: () => void; fail: () => void }>();
  const start = (name: string) =>
    background.run(() => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, { end: () => resolve(name), fail: () => reject(new Error(`${name} failed`)) });
      });
    });
  const finish = async (name: string, started: Promise<string>) => {
    ends.get(name)?.end();
    expect(await started).toBe(name);
  };
  return { begun, start, finish, fail: (name: string) => ends.get(name)?.fail() };
}

describe("a semaphore with lanes", () => {
  /** Work that is done in the order in which it gets its turn. */
  function queue(maxWaiting?: number) {
    const semaphore = new Semaphore(() => 1, maxWaiting);
    const done: string[] = [];
    const add = (name: string) =>
      semaphore.run(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        done.push(name);
      }, name[0] ?? "");
    return { done, add };
  }
  const OVERLOADED = { code: 503, type: "service.overloaded", data: { retry_after_s: 2 } };

  test("lets them take turns", async () => {
    const { done, add } = queue();
    await Promise.all(["a1", "a2", "a3", "a4", "b1", "c1", "b2"].map(add));
    expect(done).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
  });

  test("refuses the last of the longest lane when too many wait, and goes on", async () => {
    const { done, add } = queue(3);
    const work = ["a1", "a2", "a3", "a4", "b1", "c1", "d1"].map(add);
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    expect(reasons).toMatchObject([OVERLOADED, OVERLOADED, OVERLOADED]);
    expect(done).toEqual(["a1", "a2", "b1", "c1"]);
    await Promise.all(["e1", "e2"].map(add));
    expect(done.slice(-2)).toEqual(["e1", "e2"]);
  });

  test("refuses a single lane that is too long", async () => {
    const { add } = queue(2);
    const outcomes = await Promise.allSettled(["a1", "a2", "a3", "a4", "a5"].map(add));
    expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual([true, true, true, false, false]);
  });
});

describe("a semaphore", () => {
  test("runs no more at once than its limit, everything in order, and goes on after failures", async () => {
    const semaphore = new Semaphore(() => 2);
    let running = 0;
    let most = 0;
    const began: number[] = [];
    const work = (index: number) =>
      semaphore.run(async () => {
        began.push(index);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (index % 3 === 0) throw new Error("failed");
        return index;
      });
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(work));
    expect(most).toBe(2);
    expect(began).toEqual([0, 1, 2, 3, 4, 5]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      "rejected",
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
  });
});

describe("background work", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test("while nobody asks, all work goes on at once", async () => {
    const { begun, start, finish } = pieces(new BackgroundWork(2));
    const started = ["run", "feed", "reminders"].map((name) => [name, start(name)] as const);
    expect(begun).toEqual(["run", "feed", "reminders"]);
    for (const [name, promise] of started) await finish(name, promise);
  });

  test("while requests come in, background work uses one of two processors, in order", async () => {
    const background = new BackgroundWork(2);
    const { begun, start, finish } = pieces(background);
    background.requested();
    const run = start("run");
    const feed = start("feed");
    const nextPage = start("next page");
    expect(begun).toEqual(["run"]);
    await finish("run", run);
    expect(begun).toEqual(["run", "feed"]);
    await finish("feed", feed);
    await finish("next page", nextPage);
    expect(begun).toEqual(["run", "feed", "next page"]);
  });

  test("with four processors three pieces go on while people ask, and with one processor one", async () => {
    for (const [processors, atOnce] of [
      [4, 3],
      [1, 1],
    ] as const) {
      const background = new BackgroundWork(processors);
      const { begun, start, finish } = pieces(background);
      background.requested();
      const names = ["first", "second", "third", "fourth"];
      const started = names.map((name) => [name, start(name)] as const);
      expect(begun).toEqual(names.slice(0, atOnce));
      for (const [name, promise] of started) await finish(name, promise);
      expect(begun).toEqual(names);
    }
  });

  test("a second after the last request, all background work runs at once again", async () => {
    const background = new BackgroundWork(2);
    const { begun, start, finish } = pieces(background);
    background.requested();
    const run = start("run");
    const waited = [start("feed"), start("reminders")] as const;
    jest.advanceTimersByTime(999);
    const late = start("late");
    expect(begun).toEqual(["run"]);
    jest.advanceTimersByTime(1);
    await finish("run", run);
    expect(begun).toEqual(["run", "feed", "reminders", "late"]);
    await finish("feed", waited[0]);
    await finish("reminders", waited[1]);
    await finish("late", late);
  });

  test("work that fails gives its turn to the next, and its error to whoever began it", async () => {
    const background = new BackgroundWork(2);
    const { begun, start, finish, fail } = pieces(background);
    background.requested();
    const run = start("run");
    const feed = start("feed");
    fail("run");
    await expect(run).rejects.toThrow("run failed");
    expect(begun).toEqual(["run", "feed"]);
    await finish("feed", feed);
  });
});

describe("in a process", () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ services: ["catalog"] });
  });
  afterAll(() => system.stop());

  test("a page of a feed waits for its turn, and somebody who asks does not", async () => {
    const { background } = system.broker.runtime;
    background.requested();
    let end = () => {};
    const longWork = new Promise<void>((resolve) => (end = resolve));
    const taken = Array.from({ length: Math.max(1, availableParallelism() - 1) }, () =>
      background.run(() => longWork),
    );
    const page = system.call("catalog.events", { after: START, limit: 10 }).then(({ head }) => head.seq);
    for (let question = 0; question < 5; question++) {
      expect(await system.as(user(randomUUID()))("catalog.listPlans", { limit: 10 })).toHaveProperty(
        "items.length",
        3,
      );
    }
    expect(await Promise.race([page, Promise.resolve("it waits")])).toBe("it waits");
    end();
    expect(await page).toBeGreaterThan(0);
    await Promise.all(taken);
  });

  test("a customer's question counts as one, a service's does not", async () => {
    const asked = jest.spyOn(BackgroundWork.prototype, "requested");
    try {
      await system.call("catalog.listPlans", { limit: 10 });
      expect(asked).not.toHaveBeenCalled();
      await system.as(user(randomUUID()))("catalog.listPlans", { limit: 10 });
      expect(asked).toHaveBeenCalledTimes(1);
    } finally {
      asked.mockRestore();
    }
  });
});
