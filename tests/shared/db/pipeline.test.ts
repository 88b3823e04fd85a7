import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { Pipeline } from "../../../shared/db/pipeline";
import { errorCode, isUnreachable } from "../../../shared/db/transaction";
import { createDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
let db: Knex;
let pipeline: Pipeline;

beforeAll(async () => {
  database = await createDatabase({ empty: true });
  db = openDatabase({ url: database.url, schema: "public" });
  pipeline = new Pipeline(db);
});
afterAll(async () => {
  await pipeline.close();
  await db.destroy();
  await database.drop();
});

const double = { name: "double", sql: "SELECT $1::integer * 2 AS doubled" };
const divide = { name: "divide", sql: "SELECT 10 / $1::integer AS divided" };
const asked = (value: number) => pipeline.query<{ doubled: number }>(double, [value]);

describe("a pipeline", () => {
  it("gives everybody who asks at once the answer to the own question", async () => {
    const values = Array.from({ length: 200 }, (_, index) => index);
    const answers = await Promise.all(values.map(asked));
    expect(answers).toEqual(values.map((value) => [{ doubled: value * 2 }]));
  });

  it("makes do with two connections, however many ask", async () => {
    await Promise.all(Array.from({ length: 50 }, (_, index) => asked(index)));
    const { rows } = await db.raw<{ rows: { count: number }[] }>(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(rows[0]?.count).toBe(2);
  });

  it("fails the question that fails, and no other", async () => {
    const answers = await Promise.allSettled([
      asked(1),
      pipeline.query(divide, [0]),
      asked(2),
      pipeline.query(divide, [5]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(errorCode((answers[1] as PromiseRejectedResult).reason)).toBe("22012");
  });

  it("gives values the shape that they have everywhere", async () => {
    const read = { name: "shapes", sql: "SELECT 9007199254740991::bigint AS big, '2026-01-31'::date AS day" };
    expect(await pipeline.query(read, [])).toEqual([{ big: Number.MAX_SAFE_INTEGER, day: "2026-01-31" }]);
  });

  it("rejects waiting queries when the connection breaks, and opens another for the next", async () => {
    const sleep = { name: "sleep", sql: "SELECT pg_sleep(10)" };
    const waiting = [pipeline.query(sleep, []), pipeline.query(sleep, []), asked(1)];
    const settled = Promise.allSettled(waiting);
    const { rows } = await db.raw<{ rows: { cut: number }[] }>(
      `SELECT count(pg_terminate_backend(pid)) AS cut FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(rows[0]?.cut).toBe(2);
    const reasons = (await settled).map((answer) =>
      answer.status === "rejected" ? isUnreachable(answer.reason) || String(answer.reason) : answer.status,
    );
    expect(reasons).toEqual([true, true, true]);
    expect(await asked(21)).toEqual([{ doubled: 42 }]);
  });
});
