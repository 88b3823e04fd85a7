import { setTimeout as delay } from "node:timers/promises";
import { startSystem, type System } from "../support/system";

const WINDOW_MS = 1_500;
/** All services look for work about a dozen times in this time. A loop without a pause commits thousands. */
const MOST_COMMITS = 300;

let system: System;
beforeAll(async () => {
  system = await startSystem();
  await system.drain();
});
afterAll(() => system.stop());

test("a system with nothing to do does nothing", async () => {
  const db = system.db("identity");
  const commits = async (): Promise<number> => {
    await db.raw("SELECT pg_stat_clear_snapshot()");
    const { rows } = await db.raw<{ rows: [{ commits: number }] }>(
      "SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()",
    );
    return rows[0].commits;
  };
  // Postgres counts what a session has committed about once a second.
  await delay(WINDOW_MS);
  const before = await commits();
  await delay(WINDOW_MS);
  expect((await commits()) - before).toBeLessThan(MOST_COMMITS);
});
