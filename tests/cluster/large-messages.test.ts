import { randomUUID } from "node:crypto";
import type { ServiceName } from "../../shared/config/config";
import { nodeIdOf } from "../../shared/service/bus-name";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { createDatabase, type TestDatabase } from "../support/postgres";
import { startSystem, user, type System } from "../support/system";

/** Each € has three bytes: 200 such plans are more than NATS carries in one message. */
const DESCRIPTION = "€".repeat(2_000);
const PLANS = 203;

async function addPlans(system: System): Promise<void> {
  await system.db("catalog").raw(
    `INSERT INTO plans (id, name, product, currency, "interval", interval_count, trial_days, description)
     SELECT uuidv7(), 'Plan ' || n, 'default', 'usd', 'month', 1, 0, ? FROM generate_series(1, ?) n`,
    [DESCRIPTION, PLANS - 3],
  );
  await system.db("catalog").raw(
    `INSERT INTO plan_prices (plan_id, effective_from, amount_minor)
     SELECT id, '1970-01-01', 100 FROM plans WHERE description = ?`,
    [DESCRIPTION],
  );
}

/** Reads all plans in pages of 200. @returns how many plans each page has */
async function pagesOf(system: System): Promise<number[]> {
  const call = system.as(user(randomUUID(), { staff: true }));
  const pages: number[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { items, next } = await call("catalog.listPlans", {
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { id } of items) seen.add(id);
    pages.push(items.length);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  expect(seen.size).toBe(PLANS);
  return pages;
}

describeWithNats("a list that is larger than a message of NATS", () => {
  let nats: NatsServer;
  let database: TestDatabase;
  const systems: System[] = [];

  const start = async (name: ServiceName) => {
    const system = await startSystem({
      services: [name],
      databaseUrl: database.url,
      env: { SERVICES: name, NATS_URL: nats.urlFor(name) },
      broker: { nodeID: nodeIdOf(name) },
    });
    systems.push(system);
    return system;
  };
  beforeAll(async () => {
    [nats, database] = await Promise.all([startNats(), createDatabase()]);
  });
  afterAll(async () => {
    for (const system of systems) await system.stop();
    await nats.stop();
    await database.drop();
  });

  test("comes in smaller pages, the same over NATS as in one process", async () => {
    const [catalog, gateway] = [await start("catalog"), await start("gateway")];
    await addPlans(catalog);
    await gateway.broker.waitForServices("catalog", 10_000);
    const pages = await pagesOf(gateway);
    expect(pages).toEqual(await pagesOf(catalog));
    expect(pages).toHaveLength(3);
  });

  test("is an error at once where it has no pages", async () => {
    const [catalog, gateway] = systems as [System, System];
    await catalog.db("catalog").raw(
      `INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
       VALUES (uuidv7(), 'x', 'x', 'x', to_jsonb(repeat('x', 1100000)), now(), 'x', 1)`,
    );
    const began_ms = performance.now();
    const answer = gateway.as(user(randomUUID(), { staff: true }))("catalog.listDeadLetters", {});
    await expect(answer).rejects.toMatchObject({ code: 500, type: "ANSWER_TOO_LARGE" });
    expect(performance.now() - began_ms).toBeLessThan(5_000);
  });
});
