import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";
const EXTERNAL_ID = "команда/№ 7";
const NAMED = `external_id:${EXTERNAL_ID}`;

let system: System;
let anyone: RestClient;
let staff: RestClient;
let ada: RestClient;

beforeAll(async () => {
  const env = { STAFF_USERNAME: "root", STAFF_EMAIL: "root@example.com", STAFF_PASSWORD: PASSWORD };
  system = await startSystem({ env });
  anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
  await anyone.post("/api/users/", { username: "ada", email: "ada@example.com", password: PASSWORD });
  ada = await anyone.signIn("ada", PASSWORD);
  await system.drain();
});
afterAll(() => system.stop());

const path = (reference: string) => `/api/customers/${encodeURIComponent(reference)}/`;

test("a team's backend makes a customer under its own id, subscribes it, and finds its invoice", async () => {
  const put = await staff.put(`/api/customers/by-external-id/${encodeURIComponent(EXTERNAL_ID)}/`, {
    name: "Команда 7",
    email: "ap@example.com",
    address: { city: "Sofia", country: "BG" },
  });
  expect(put).toMatchObject({ status: 201, body: { external_id: EXTERNAL_ID, user: null } });
  const { id } = put.body as { id: string };
  expect(await staff.get(path(NAMED))).toMatchObject({ status: 200, body: { id } });

  const subscribed = await staff.post("/api/subscriptions/", { plan: "Pro", customer: NAMED });
  expect(subscribed).toMatchObject({ status: 201, body: { customer: id, user: null, product: "default" } });
  await system.drain();
  const query = `?customer=${encodeURIComponent(NAMED)}`;
  const list = await staff.get(`/api/invoices/${query}`);
  expect(list).toMatchObject({ status: 200, body: [{ customer: id, user: null, amount: "499.00" }] });
  const [invoice] = list.body as { id: string }[];
  expect(await staff.get(`/api/invoices/${invoice?.id}/`)).toMatchObject({
    status: 200,
    body: {
      bill_to: {
        name: "Команда 7",
        email: "ap@example.com",
        address: { city: "Sofia", country: "BG" },
        vat_id: null,
      },
    },
  });
  const { items } = await system.call("notifications.listDeliveries", { invoice: String(invoice?.id) });
  expect(items).toMatchObject([{ customer: id, user: null, status: "sent" }]);
  expect(await staff.get(`/api/subscriptions/${query}`)).toMatchObject({ body: [{ customer: id }] });
});

test("what GET answered can be PUT back; what nobody sets cannot change", async () => {
  const address = `/api/customers/by-external-id/${encodeURIComponent(EXTERNAL_ID)}/`;
  const { body: before } = await staff.get(path(NAMED));
  expect(await staff.put(address, { ...(before as object), locale: "bg" })).toMatchObject({
    status: 200,
    body: { ...(before as object), locale: "bg" },
  });
  const changed = { ...(before as object), created_at: "2020-01-01T00:00:00Z", external_id: "other" };
  expect(await staff.put(address, changed)).toMatchObject({
    status: 400,
    body: { errors: [{ field: "created_at" }, { field: "external_id" }] },
  });
  const unknown = await staff.put("/api/customers/by-external-id/nobody/", changed);
  expect(unknown).toMatchObject({ status: 400 });
});

test("an invoice is billed to the customer as it is at the issue", async () => {
  const at = "/api/customers/by-external-id/moved/";
  const { body } = await staff.put(at, {
    name: "Old Ltd",
    email: "old@example.com",
    address: { city: "Ulm" },
  });
  await system.drain();
  const now = { name: "New Ltd", email: "new@example.com", address: { city: "Bonn" }, vat_id: "DE1" };
  await staff.put(at, now);
  const { id } = body as { id: string };
  await staff.post("/api/subscriptions/", { plan: "Basic", customer: id });
  await system.drain();
  const [invoice] = (await staff.get(`/api/invoices/?customer=${id}`)).body as { id: string }[];
  expect((await staff.get(`/api/invoices/${invoice?.id}/`)).body).toMatchObject({ bill_to: now });
});

test("to a stranger it does not exist: by path, in a list, in a body, and through its objects", async () => {
  const { body } = await staff.get(`/api/subscriptions/?customer=${encodeURIComponent(NAMED)}`);
  const [subscription] = body as { id: string; customer: string }[];
  for (const reference of [NAMED, String(subscription?.customer)])
    expect(await ada.get(path(reference))).toMatchObject({ status: 404 });
  expect(await ada.get(`/api/subscriptions/${subscription?.id}/`)).toMatchObject({ status: 404 });
  expect(await ada.get(`/api/invoices/?customer=${encodeURIComponent(NAMED)}`)).toMatchObject({ body: [] });
  for (const customer of [NAMED, "external_id:nobody", subscription?.customer]) {
    const refused = await ada.post("/api/subscriptions/", { plan: "Pro", customer });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: "customer" }] } });
  }
});

test("a customer has one live subscription to each product", async () => {
  const plan = { name: "Support", product: "support", price: "10.00" };
  expect(await staff.post("/api/plans/", plan)).toMatchObject({ status: 201, body: { product: "support" } });
  expect(await ada.post("/api/subscriptions/", { plan: "Basic" })).toMatchObject({ status: 201 });
  expect(await ada.post("/api/subscriptions/", { plan: "Pro" })).toMatchObject({
    status: 400,
    body: { detail: "You already have an active subscription." },
  });
  expect(await ada.post("/api/subscriptions/", { plan: "Support" })).toMatchObject({ status: 201 });
  expect(await ada.post("/api/subscriptions/", { plan: "Support" })).toMatchObject({
    status: 409,
    body: { detail: "You already have an active subscription to support." },
  });
});

test("a user of several customers sees the invoices of all, and names one to subscribe", async () => {
  const { body } = await anyone.post("/api/users/", {
    username: "eve",
    email: "eve@example.com",
    password: PASSWORD,
  });
  const user_id = (body as { id: string }).id;
  const own = await system.db("identity")("customers").where({ user_id }).pluck("id");
  const { id: shared } = await system.call("identity.createCustomer", { name: "Shared" });
  await system.db("identity")("customer_users").insert({ customer_id: shared, user_id });
  const eve = await anyone.signIn("eve", PASSWORD);
  await system.drain();
  expect(await eve.post("/api/subscriptions/", { plan: "Pro" })).toMatchObject({
    status: 400,
    body: { errors: [{ field: "customer", message: "must name one of your customers" }] },
  });
  const customers = [String(own[0]), shared];
  for (const customer of customers)
    expect(await eve.post("/api/subscriptions/", { plan: "Pro", customer })).toMatchObject({ status: 201 });
  await system.drain();
  const whole = (await eve.get("/api/invoices/")).body as { id: string; customer: string }[];
  expect(whole.map(({ customer }) => customer).toSorted()).toEqual(customers.toSorted());
  const first = await eve.get("/api/invoices/?limit=1");
  const next = /<([^>]+)>/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const second = await eve.get(next);
  expect([...(first.body as object[]), ...(second.body as object[])]).toEqual(whole);
  const one = await eve.get(`/api/invoices/?customer=${shared}&status=pending`);
  expect(one.body).toEqual(whole.filter(({ customer }) => customer === shared));
  expect((await eve.get("/api/invoices/?status=pending")).body).toEqual(whole);
});

test("closing a customer ends its subscriptions that day and keeps its invoices", async () => {
  expect(await staff.delete(path(NAMED))).toMatchObject({ status: 204 });
  await system.drain();
  const query = `?customer=${encodeURIComponent(NAMED)}`;
  expect(await staff.get(`/api/subscriptions/${query}`)).toMatchObject({ body: [{ status: "cancelled" }] });
  expect(await staff.get(`/api/invoices/${query}`)).toMatchObject({ body: [{ status: "pending" }] });
  const again = await staff.post("/api/subscriptions/", { plan: "Pro", customer: NAMED });
  expect(again).toMatchObject({
    status: 400,
    body: { errors: [{ field: "customer", message: "is closed" }] },
  });
});
