import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let anyone: RestClient;
let staff: RestClient;
let ada: RestClient;
let customer: string;

beforeAll(async () => {
  const env = { STAFF_USERNAME: "root", STAFF_EMAIL: "root@example.com", STAFF_PASSWORD: PASSWORD };
  system = await startSystem({ env });
  anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
  for (const username of ["ada", "eve"])
    await anyone.post("/api/users/", { username, email: `${username}@example.com`, password: PASSWORD });
  ada = await anyone.signIn("ada", PASSWORD);
  const [own] = (await ada.get("/api/customers/")).body as { id: string }[];
  customer = String(own?.id);
  await system.drain();
});
afterAll(() => system.stop());

const exported = async (client: RestClient, reference: string) =>
  client.get(`/api/customers/${encodeURIComponent(reference)}/export/`);

test("staff get one document with all that the services hold about a customer", async () => {
  await staff.patch(`/api/customers/${customer}/`, {
    external_id: "crm-7",
    address: { city: "Bern", country: "CH" },
    vat_id: "CHE1",
    metadata: { segment: "gold" },
  });
  await anyone.post("/api/token/", { username: "Ada", password: "wrong password" });
  await anyone.post("/api/password-reset/", { email: "ada@example.com" });
  await ada.post(`/api/customers/${customer}/invitations/`, { email: "guest@example.com" });
  await system.drain();
  await ada.post("/api/subscriptions/", { plan: "Pro" });
  await system.drain();
  const [invoice] = (await ada.get("/api/invoices/")).body as { id: string }[];
  const id = String(invoice?.id);
  const intent = await system.call("payments.createPaymentIntent", { invoice: id });
  await system
    .db("payments")("refunds")
    .insert({
      id: "re_1",
      payment_id: (await system.db("payments")("payments").first("id")).id,
      amount_minor: 100,
      currency: "usd",
      status: "succeeded",
      created_at: "2026-01-01T00:00:00Z",
    });

  const { status, body } = await exported(staff, "external_id:crm-7");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    customer: {
      id: customer,
      name: "ada",
      external_id: "crm-7",
      address: { city: "Bern", country: "CH" },
      vat_id: "CHE1",
      metadata: { segment: "gold" },
    },
    users: [
      {
        username: "ada",
        email: "ada@example.com",
        sessions: [{}],
        failed_sign_ins: [{ origin: expect.any(String) }],
      },
    ],
    subscriptions: [{ customer, status: "active" }],
    invoices: [
      {
        id,
        amount: "499.00",
        bill_to: { name: "ada", email: "ada@example.com", vat_id: "CHE1" },
        lines: [{ amount: "499.00" }],
        payments: [
          {
            invoice: id,
            amount: "499.00",
            stripe_payment_intent_id: intent.payment_intent_id,
            refunds: [{ id: "re_1", amount: "1.00" }],
          },
        ],
        deliveries: [{ kind: "invoice_issued", status: "sent" }],
      },
    ],
  });
  const { links, audit_log } = body as {
    links: { purpose: string; email: string; deliveries: { kind: string }[] }[];
    audit_log: { action: string; actor: string }[];
  };
  const mailed = links.map(({ purpose, email, deliveries }) => [purpose, email, deliveries[0]?.kind]);
  expect(mailed).toEqual(
    expect.arrayContaining([
      ["invitation", "guest@example.com", "invitation"],
      ["password_reset", "ada@example.com", "password_reset"],
    ]),
  );
  expect(audit_log.map(({ action }) => action)).toEqual(
    expect.arrayContaining([
      "user.registered",
      "customer.created",
      "customer.updated",
      "subscription.created",
    ]),
  );
});

test("the document has no secret, and nothing of another customer", async () => {
  const text = JSON.stringify((await exported(staff, customer)).body);
  for (const secret of ["argon2", "password_hash", "secrets", "eve@example.com"])
    expect(text).not.toContain(secret);
});

test("a customer with more rows than a page is exported whole", async () => {
  const { body } = await staff.post("/api/customers/", { name: "Many" });
  const { id } = body as { id: string };
  await system.drain();
  for (let product = 0; product < 120; product++) {
    const plan = { name: `Plan ${product}`, product: `product-${product}`, price: "1.00" };
    await staff.post("/api/plans/", plan);
    await staff.post("/api/subscriptions/", { plan: plan.name, customer: id });
  }
  await system.drain();
  const document = (await exported(staff, id)).body as Record<
    string,
    { id: string; deliveries: unknown[] }[]
  >;
  const count = (name: string) => new Set(document[name]?.map((each) => each.id)).size;
  expect([count("subscriptions"), count("invoices")]).toEqual([120, 120]);
});

test("staff and admin keys may export; an unknown customer is refused before the answer", async () => {
  expect(await exported(ada, customer)).toMatchObject({ status: 403 });
  expect(await exported(anyone, customer)).toMatchObject({ status: 401 });
  for (const [scope, status] of [
    ["write", 403],
    ["admin", 200],
  ] as const) {
    const { key } = (await staff.post("/api/api-keys/", { name: scope, scope })).body as { key: string };
    expect(await exported(new RestClient(gatewayUrl(system.broker), key), customer)).toMatchObject({
      status,
    });
  }
  expect(await exported(staff, "external_id:nobody")).toMatchObject({ status: 404 });
});
