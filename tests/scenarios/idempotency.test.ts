import { gatewayUrl } from "../../gateway/gateway.service";
import { dropOldRecords } from "../../shared/service/idempotency/records";
import { RestClient, type Answer } from "../support/http";
import { eventually, startSystem, waitsForLock, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let anyone: RestClient;
let staff: RestClient;

beforeAll(async () => {
  const env = {
    STAFF_USERNAME: "root",
    STAFF_EMAIL: "root@example.com",
    STAFF_PASSWORD: PASSWORD,
    TEST_CLOCK: "true",
  };
  system = await startSystem({ env });
  anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
});
afterAll(() => system.stop());

let keys = 0;
const newKey = () => `key-${++keys}`;
const withKey = (key: string) => ({ "idempotency-key": key });
const replayed = ({ headers }: Answer) => headers.get("idempotent-replayed");

/** A customer with a name of its own. */
async function newCustomer(): Promise<string> {
  const { body } = await staff.post("/api/customers/", { name: newKey() });
  return (body as { id: string }).id;
}

/** Sends a request twice with one key. */
async function twice(client: RestClient, path: string, body: unknown): Promise<[Answer, Answer]> {
  const headers = withKey(newKey());
  return [await client.post(path, body, headers), await client.post(path, body, headers)];
}

describe("a POST that is sent again with the same Idempotency-Key has one effect and one answer", () => {
  async function count(table: string): Promise<number> {
    const [schema, name] = table.split(".") as ["identity", string];
    const [row] = await system.db(schema)(name).count<{ count: number }[]>();
    return Number(row?.count);
  }

  const plan = (name: string) => ({ name, price: "10.00", currency: "usd" });

  it.each([
    ["a plan", "catalog.plans", async () => ["/api/plans/", plan(newKey())] as const],
    ["a customer", "identity.customers", async () => ["/api/customers/", { name: "Ada" }] as const],
    [
      "a subscription",
      "subscriptions.subscriptions",
      async () => ["/api/subscriptions/", { plan: "Pro", customer: await newCustomer() }] as const,
    ],
    [
      "a billing run",
      "invoicing.billing_runs",
      async () => ["/api/billing-runs/", { kind: "mark_overdue" }] as const,
    ],
    [
      "an account by staff",
      "identity.users",
      async () =>
        [
          "/api/users/",
          { username: newKey(), email: "a@example.com", password: PASSWORD, is_staff: true },
        ] as const,
    ],
  ])("%s", async (_what, table, request) => {
    const [path, body] = await request();
    const before = await count(table);
    const [first, second] = await twice(staff, path, body);
    expect([first.status, replayed(first)]).toEqual([first.status < 202 ? 201 : 202, null]);
    expect([second.status, replayed(second)]).toEqual([first.status, "true"]);
    expect(JSON.stringify(second.body)).toBe(JSON.stringify(first.body));
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(await count(table)).toBe(before + 1);
  });

  it("a sign-up", async () => {
    const account = { username: "twice", email: "twice@example.com", password: PASSWORD };
    const [first, second] = await twice(anyone, "/api/users/", account);
    expect([first.status, second.status, replayed(second)]).toEqual([201, 201, "true"]);
    expect(second.body).toEqual(first.body);
  });

  it("a cancellation, which otherwise answers that it is cancelled already", async () => {
    const order = { plan: "Pro", customer: await newCustomer() };
    const { body } = await staff.post("/api/subscriptions/", order);
    const path = `/api/subscriptions/${(body as { id: string }).id}/unsubscribe/`;
    const [first, second] = await twice(staff, path, undefined);
    expect([first.status, second.status, replayed(second)]).toEqual([200, 200, "true"]);
    expect(second.body).toEqual(first.body);
    expect(await staff.post(path, undefined, withKey(newKey()))).toMatchObject({ status: 400 });
  });

  it("a move of the test clock", async () => {
    const [first, second] = await twice(staff, "/api/test-clock/", { advance: "P1D" });
    expect([first.status, replayed(first)]).toEqual([200, null]);
    expect([second.body, replayed(second)]).toEqual([first.body, "true"]);
    const { body } = await staff.get("/api/test-clock/");
    expect((body as { now: string }).now.slice(0, 10)).toBe((first.body as { now: string }).now.slice(0, 10));
  });

  it("the payment intent of an invoice, whose secret is not kept", async () => {
    const customer = await newCustomer();
    await staff.post("/api/subscriptions/", { plan: "Pro", customer });
    await system.drain();
    const invoices = (await staff.get(`/api/invoices/?customer=${customer}`)).body as { id: string }[];
    const [first, second] = await twice(staff, "/api/create-payment-intent/", { invoice: invoices[0]?.id });
    expect([first.status, replayed(second)]).toEqual([200, "true"]);
    expect(second.body).toEqual(first.body);
    const records = await system.db("payments")("idempotency_records").select("answer", "done");
    expect(records).toEqual([{ answer: null, done: true }]);
  });
});

test("ten at once have one effect, and ten times the same answer", async () => {
  const order = { plan: "Pro", customer: await newCustomer() };
  const headers = withKey(newKey());
  const ten = await Promise.all(
    Array.from({ length: 10 }, () => staff.post("/api/subscriptions/", order, headers)),
  );
  expect(ten.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
  expect(new Set(ten.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(ten.filter((each) => replayed(each) === null)).toHaveLength(1);
});

test("the answer stays the same when the world has changed since", async () => {
  const name = newKey();
  const plan = await staff.post("/api/plans/", { name, price: "10.00", currency: "usd" });
  const order = { plan: name, customer: await newCustomer() };
  const headers = withKey(newKey());
  const first = await staff.post("/api/subscriptions/", order, headers);
  await staff.delete(`/api/plans/${(plan.body as { id: string }).id}/`);
  const second = await staff.post("/api/subscriptions/", order, headers);
  expect([second.status, second.body]).toEqual([201, first.body]);
});

test("the key of a request that said something else is refused, and nothing changes", async () => {
  const [one, other] = [await newCustomer(), await newCustomer()];
  const headers = withKey(newKey());
  await staff.post("/api/subscriptions/", { plan: "Pro", customer: one }, headers);
  for (const order of [
    { plan: "Pro", customer: other },
    { plan: "Basic", customer: one },
    { plan: "Pro", customer: one, metadata: { order: "7" } },
  ])
    expect(await staff.post("/api/subscriptions/", order, headers)).toMatchObject({
      status: 422,
      body: { type: "idempotency.other_request", errors: [{ field: "Idempotency-Key" }] },
    });
  expect(await staff.get(`/api/subscriptions/?customer=${other}`)).toMatchObject({ body: [] });
  // The same, said with other words: the order of fields, and a name for the id.
  const again = await staff.post("/api/subscriptions/", { customer: one, plan: "Pro" }, headers);
  expect([again.status, replayed(again)]).toEqual([201, "true"]);
});

test("the key of a request about one object is refused for another one", async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(async () => {
      const order = { plan: "Pro", customer: await newCustomer() };
      const { body } = await staff.post("/api/subscriptions/", order);
      return `/api/subscriptions/${(body as { id: string }).id}/unsubscribe/`;
    }),
  );
  const headers = withKey(newKey());
  expect(await staff.post(String(one), undefined, headers)).toMatchObject({ status: 200 });
  expect(await staff.post(String(other), undefined, headers)).toMatchObject({ status: 422 });
  expect(await staff.post(String(other), undefined, withKey(newKey()))).toMatchObject({ status: 200 });
});

test("a key belongs to its caller, and to one address", async () => {
  const headers = withKey(newKey());
  const account = { username: newKey(), email: "b@example.com", password: PASSWORD };
  await anyone.post("/api/users/", account);
  const own = await anyone.signIn(account.username, PASSWORD);
  await system.drain();
  expect(await own.post("/api/subscriptions/", { plan: "Pro" }, headers)).toMatchObject({ status: 201 });
  const other = await staff.post(
    "/api/subscriptions/",
    { plan: "Pro", customer: await newCustomer() },
    headers,
  );
  expect([other.status, replayed(other)]).toEqual([201, null]);
  const customer = await staff.post("/api/customers/", { name: "Ada" }, headers);
  expect([customer.status, replayed(customer)]).toEqual([201, null]);
});

test("a stranger who knows a key gets no answer to another request", async () => {
  const headers = withKey(newKey());
  const ada = { username: newKey(), email: "c@example.com", password: PASSWORD };
  const first = await anyone.post("/api/users/", ada, headers);
  const bob = { ...ada, username: newKey() };
  const other = await anyone.post("/api/users/", bob, headers);
  expect([other.status, replayed(other)]).toEqual([201, null]);
  expect((other.body as { id: string }).id).not.toBe((first.body as { id: string }).id);
});

test("a request that failed is carried out when it comes again", async () => {
  const headers = withKey(newKey());
  const name = newKey();
  const order = { plan: name, customer: await newCustomer() };
  expect(await staff.post("/api/subscriptions/", order, headers)).toMatchObject({ status: 400 });
  await staff.post("/api/plans/", { name, price: "10.00", currency: "usd" });
  const again = await staff.post("/api/subscriptions/", order, headers);
  expect([again.status, replayed(again)]).toEqual([201, null]);
});

test.each([
  ["empty", ""],
  ["of 256 characters", "x".repeat(256)],
  ["that is no ASCII", "schlüssel"],
])("a key %s is refused", async (_what, key) => {
  const answer = await staff.post("/api/customers/", { name: "Nobody" }, withKey(key));
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "Idempotency-Key" }] } });
});

test("a key of 255 characters is taken", async () => {
  const answer = await staff.post("/api/customers/", { name: "Ada" }, withKey("x".repeat(255)));
  expect(answer).toMatchObject({ status: 201 });
});

test.each([
  ["/api/token/", { username: "root", password: PASSWORD }],
  ["/api/token/refresh/", { refresh: "x" }],
  ["/api/api-keys/", { name: "n", scope: "read" }],
])("%s answers a secret, and refuses a key", async (path, body) => {
  expect(await staff.post(path, body, withKey(newKey()))).toMatchObject({
    status: 400,
    body: { errors: [{ field: "Idempotency-Key" }] },
  });
});

describe("while the first request is under way", () => {
  /** Holds a lock that the request needs, until `release`. */
  async function hold(schema: "identity" | "subscriptions", table: string) {
    const trx = await system.db(schema).transaction();
    await trx.raw(`LOCK TABLE ${table} IN SHARE MODE`);
    return { release: () => trx.commit() };
  }

  test("the second waits for its answer", async () => {
    const body = { name: newKey() };
    const headers = withKey(newKey());
    const held = await hold("identity", "customers");
    const first = staff.post("/api/customers/", body, headers);
    await eventually(() => waitsForLock(system.db("identity")));
    const second = staff.post("/api/customers/", body, headers);
    await eventually(async () => {
      const waiting = await system.db("identity")("pg_locks").where({ granted: false }).count();
      return Number(waiting[0]?.["count"]) >= 2 ? true : undefined;
    });
    await held.release();
    const answers = await Promise.all([first, second]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
  });

  test("and after eight seconds it is told so, with 409; nothing has changed", async () => {
    const body = { name: newKey() };
    const [key, moveKey] = [newKey(), newKey()];
    const me = ((await staff.get("/api/users/me/")).body as { id: string }).id;
    // A move of the clock that was cut off.
    const move = { advance: "PT1M" };
    await staff.post("/api/test-clock/", move, withKey(moveKey));
    const records = system.db("cron")("idempotency_records");
    await records.where({ key: moveKey }).update({ done: false, answer: null });
    const before = await staff.get("/api/test-clock/");

    // A first request that has not ended.
    const trx = await system.db("identity").transaction();
    let answers;
    try {
      await trx.raw("SET LOCAL idle_in_transaction_session_timeout = 0");
      const begun = { scope: `user:${me}`, action: "identity.createCustomer", key };
      await trx("idempotency_records").insert({ ...begun, request_sha256: Buffer.alloc(32) });
      answers = await Promise.all([
        staff.post("/api/customers/", body, withKey(key)),
        staff.post("/api/test-clock/", move, withKey(moveKey)),
      ]);
    } finally {
      await trx.rollback();
    }
    for (const { status, body: problem } of answers)
      expect({ status, problem }).toMatchObject({
        status: 409,
        problem: { type: "idempotency.in_progress" },
      });
    const after = await staff.get("/api/test-clock/");
    expect((after.body as { now: string }).now.slice(0, 16)).toBe(
      (before.body as { now: string }).now.slice(0, 16),
    );
    expect(await staff.post("/api/customers/", body, withKey(key))).toMatchObject({ status: 201 });
  }, 20_000);
});

test("records are kept for 24 hours", async () => {
  const db = system.db("identity");
  const { rows } = await db.raw<{ rows: object[] }>(
    `INSERT INTO idempotency_records (scope, action, key, request_sha256, created_at)
     SELECT 'user:x', 'a', hours::text, decode(repeat('00', 32), 'hex'), now() - make_interval(hours => hours)
     FROM unnest(ARRAY[1, 23, 25, 100]) AS hours RETURNING key`,
  );
  expect(rows).toHaveLength(4);
  expect(await dropOldRecords(db)).toBe(2);
  const left = await db("idempotency_records").where({ scope: "user:x" }).orderBy("created_at").pluck("key");
  expect(left).toEqual(["23", "1"]);
});
