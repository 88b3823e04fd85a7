import { Model, raw } from "objection";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { errorCode, inTransaction, violatedConstraint } from "../../../shared/db/transaction";
import { createDatabase, type TestDatabase } from "../../support/postgres";

class Thing extends Model {
  static override tableName = "things";
  static override idColumn = "name";
  declare name: string;
}

let database: TestDatabase;
let db: Knex;

beforeAll(async () => {
  database = await createDatabase({ empty: true });
  db = openDatabase({ url: database.url, schema: "public" });
  await db.raw(`
    CREATE TABLE things (name text CONSTRAINT one_of_a_name UNIQUE);
    CREATE FUNCTION fail_to_serialize() RETURNS boolean LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$`);
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

test.each([
  ["a Knex statement", () => db.raw("INSERT INTO things VALUES ('a'), ('a')")],
  ["an Objection query", () => Thing.query(db).insert([{ name: "a" }, { name: "a" }])],
])("a violated constraint is known by its name, whether it was %s", async (_what, insert) => {
  const error: unknown = await insert().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(errorCode(error)).toBe("23505");
  expect(violatedConstraint(error)).toBe("one_of_a_name");
});

test("a transaction with a retryable error is retried, also for an error from Objection", async () => {
  let attempts = 0;
  const count = await inTransaction(db, async (trx) => {
    attempts += 1;
    if (attempts === 1) await Thing.query(trx).insert({ name: "b" }).returning(raw("fail_to_serialize()"));
    return Thing.query(trx).resultSize();
  });
  expect([attempts, count]).toEqual([2, 0]);
});
