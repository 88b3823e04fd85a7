import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "a long enough secret";
const FEATURES = { sso: true, seats: 25, support: "24/7" };

let system: System;
let staff: RestClient;
let planId: string;

beforeAll(async () => {
  system = await startSystem({
    env: {
      TEST_CLOCK: "true",
      STAFF_USERNAME: "root",
      STAFF_EMAIL: "root@example.com",
      STAFF_PASSWORD: PASSWORD,
    },
  });
  staff = await new RestClient(gatewayUrl(system.broker)).signIn("root", PASSWORD);
  const plan = { name: "Team", price: 20, trial_days: 2, features: FEATURES, metadata: { sku: "T-1" } };
  const made = await staff.post("/api/plans/", plan);
  expect(made).toMatchObject({ status: 201, body: { features: FEATURES, metadata: { sku: "T-1" } } });
  planId = (made.body as { id: string }).id;
  await system.drain();
});
afterAll(() => system.stop());

async function newCustomer(externalId: string): Promise<string> {
  const put = await staff.put(`/api/customers/by-external-id/${externalId}/`, { name: externalId });
  await system.drain();
  return (put.body as { id: string }).id;
}

const entitlementsOf = (reference: string, query = "") =>
  staff.get(`/api/customers/${encodeURIComponent(reference)}/entitlements/${query}`);

async function told(customer: string): Promise<unknown[]> {
  const rows = await system
    .db("subscriptions")("outbox")
    .where({ type: "entitlements.changed", subject_id: customer })
    .orderBy("seq");
  return rows.map(({ payload }) => payload as unknown);
}

test("a customer has the plan's features from the trial to the end, and others are told", async () => {
  const customer = await newCustomer("acme");
  const none = { customer, product: "default", status: "none", plan: null, features: {}, until: null };
  expect(await entitlementsOf(customer)).toMatchObject({ status: 200, body: none });

  const { body } = await staff.post("/api/subscriptions/", { plan: "Team", customer });
  const trialing = { ...none, status: "trialing", plan: planId, features: FEATURES };
  expect((await entitlementsOf("external_id:acme")).body).toEqual(trialing);
  await staff.post("/api/test-clock/", { advance: "P2D" });
  expect((await entitlementsOf(customer)).body).toEqual({ ...trialing, status: "active" });

  await staff.delete(`/api/subscriptions/${(body as { id: string }).id}/`);
  expect((await entitlementsOf(customer)).body).toEqual(none);
  const { features: _, ...toldNone } = none;
  expect(await told(customer)).toEqual([{ ...toldNone, status: "trialing", plan: planId }, toldNone]);
});

test("a subscription that starts later gives nothing before, and is told of on that day", async () => {
  const customer = await newCustomer("later");
  const { today } = await system.call("cron.getClock", {});
  const start_date = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10);
  await staff.post("/api/subscriptions/", { plan: "Team", customer, start_date });
  expect((await entitlementsOf(customer)).body).toMatchObject({ status: "none" });
  expect(await told(customer)).toEqual([]);
  await staff.post("/api/test-clock/", { advance: "P2D" });
  expect((await entitlementsOf(customer)).body).toMatchObject({ status: "trialing", features: FEATURES });
  expect(await told(customer)).toMatchObject([{ status: "trialing", plan: planId }]);
});

test("a subscription that is cancelled before it starts changes nothing, and nobody is told", async () => {
  const customer = await newCustomer("never");
  const { today } = await system.call("cron.getClock", {});
  const start_date = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10);
  const { body } = await staff.post("/api/subscriptions/", { plan: "Team", customer, start_date });
  await staff.delete(`/api/subscriptions/${(body as { id: string }).id}/`);
  await staff.post("/api/test-clock/", { advance: "P2D" });
  expect(await told(customer)).toEqual([]);
});

test("the day on which a subscription ends is not covered, also while nobody has looked", async () => {
  const customer = await newCustomer("ending");
  await staff.post("/api/subscriptions/", { plan: "Team", customer });
  const { today } = await system.call("cron.getClock", {});
  await system.db("subscriptions")("subscriptions").where({ customer_id: customer }).update({
    start_date: "2020-01-01",
    end_date: today,
  });
  expect((await entitlementsOf(customer)).body).toMatchObject({ status: "none", until: null });
});

test("changed features count at once; the entity tag tells whether anything has changed", async () => {
  const customer = await newCustomer("tagged");
  await staff.post("/api/subscriptions/", { plan: "Team", customer });
  const url = `${gatewayUrl(system.broker)}/api/customers/${customer}/entitlements/`;
  const login = { username: "root", password: PASSWORD };
  const { body } = await new RestClient(gatewayUrl(system.broker)).post("/api/token/", login);
  const authorization = `Bearer ${(body as { access: string }).access}`;
  const tag = (await fetch(url, { headers: { authorization } })).headers.get("etag") ?? "";
  const again = () => fetch(url, { headers: { authorization, "if-none-match": tag } });
  expect((await again()).status).toBe(304);
  await staff.patch(`/api/plans/${planId}/`, { features: { ...FEATURES, seats: 30 } });
  await system.drain();
  const changed = await again();
  expect([changed.status, await changed.json()]).toMatchObject([200, { features: { seats: 30 } }]);
});

test("of a customer who is a moment old they are known", async () => {
  const put = await staff.put("/api/customers/by-external-id/new/", { name: "New" });
  const { id } = put.body as { id: string };
  expect(await entitlementsOf(id)).toMatchObject({ status: 200, body: { status: "none" } });
});

test("products are apart; a stranger and an unknown customer get 404", async () => {
  const customer = await newCustomer("apart");
  await staff.post("/api/plans/", { name: "Extra", price: 5, product: "extra", features: { beta: true } });
  await system.drain();
  await staff.post("/api/subscriptions/", { plan: "Extra", customer });
  expect((await entitlementsOf(customer)).body).toMatchObject({ status: "none" });
  expect((await entitlementsOf(customer, "?product=extra")).body).toMatchObject({ features: { beta: true } });

  const anyone = new RestClient(gatewayUrl(system.broker));
  await anyone.post("/api/users/", { username: "eve", email: "eve@example.com", password: PASSWORD });
  const eve = await anyone.signIn("eve", PASSWORD);
  expect((await eve.get(`/api/customers/${customer}/entitlements/`)).status).toBe(404);
  expect((await entitlementsOf("external_id:nobody")).status).toBe(404);
  expect((await entitlementsOf("0199f000-0000-7000-8000-000000000009")).status).toBe(404);
});

const many = (value: unknown) => Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, value]));

test.each([
  ["a feature with a capital letter", { features: { Big: true } }, "features.Big"],
  ["a feature that is null", { features: { seats: null } }, "features.seats"],
  ["a feature that is an object", { features: { seats: { deep: 1 } } }, "features.seats"],
  ["51 features", { features: many(true) }, "features"],
  ["51 metadata keys", { metadata: many("") }, "metadata"],
  ["metadata that is no text", { metadata: { note: 7 } }, "metadata.note"],
])("%s is refused by name", async (_name, wrong, field) => {
  const { status, body } = await staff.patch(`/api/plans/${planId}/`, wrong);
  expect([status, (body as { errors: unknown }).errors]).toMatchObject([400, [{ field }]]);
});

test("an invoice has the metadata that its subscription had at the issue", async () => {
  const customer = await newCustomer("described");
  await staff.post("/api/plans/", { name: "Daily", price: 1, interval: "day" });
  const order = { plan: "Daily", customer, metadata: { order: "A-17" } };
  const subscribed = await staff.post("/api/subscriptions/", order);
  expect(subscribed).toMatchObject({ status: 201, body: { metadata: { order: "A-17" } } });
  const { id } = subscribed.body as { id: string };
  await system.drain();
  expect(await staff.patch(`/api/subscriptions/${id}/`, { metadata: { order: "B-18" } })).toMatchObject({
    status: 200,
    body: { metadata: { order: "B-18" } },
  });
  await staff.post("/api/test-clock/", { advance: "P1D" });
  const list = await staff.get(`/api/invoices/?subscription=${id}`);
  expect(list.body).toMatchObject([{ metadata: { order: "B-18" } }, { metadata: { order: "A-17" } }]);
});

test("customers cannot describe their subscriptions", async () => {
  const anyone = new RestClient(gatewayUrl(system.broker));
  await anyone.post("/api/users/", { username: "ida", email: "ida@example.com", password: PASSWORD });
  const ida = await anyone.signIn("ida", PASSWORD);
  const refused = await ida.post("/api/subscriptions/", { plan: "Basic", metadata: { price: "0" } });
  expect(refused).toMatchObject({ status: 403, body: { errors: [{ field: "metadata" }] } });
  const { body } = await ida.post("/api/subscriptions/", { plan: "Basic" });
  const { id } = body as { id: string };
  expect((await ida.patch(`/api/subscriptions/${id}/`, { metadata: {} })).status).toBe(403);
});
