import { randomUUID } from "node:crypto";
import { deviceCookie } from "../../gateway/auth/device-cookie";
import { BillingError, invalid, notFound } from "../../shared/errors";
import type { User } from "../../shared/contracts/identity";
import type { Invoice } from "../../shared/contracts/invoicing";
import type { Subscription } from "../../shared/contracts/subscriptions";
import { startSystem, type System } from "../support/system";
import { client, fieldsOf } from "./client";
import { FakeServices } from "./fake-services";
import { basicPlan } from "../support/plans";
import { shownAmounts, shownLine, unpaidAmounts, wholeLine } from "../support/invoices";

let system: System;
let services: FakeServices;
const http = client(() => services.url);
let customer: string;
let staff: string;
const customerId = randomUUID();
const staffId = randomUUID();

beforeAll(async () => {
  const databaseUrl = process.env.TEST_DATABASE_URL ?? "";
  system = await startSystem({ services: ["gateway"], databaseUrl });
  services = new FakeServices(system.broker);
  customer = services.token({ sub: customerId });
  staff = services.token({ sub: staffId, staff: true });
});
beforeEach(() => services.clear());
afterAll(() => system.stop());

const asCustomer = { kind: "user", userId: customerId, isStaff: false, customers: [] };
const asStaff = { kind: "user", userId: staffId, isStaff: true, customers: [] };
const anonymous = { kind: "anonymous" };

const id = "0198c0de-0000-7000-8000-000000000001";
const user: User = {
  id,
  username: "ada",
  email: "ada@example.com",
  email_confirmed_at: null,
  is_staff: false,
  is_active: true,
  date_joined: "2026-01-01T00:00:00Z",
};
const plan = basicPlan(id);
const { amount_minor: _, ...planTerms } = plan;
const shownPlan = { ...planTerms, price: "499.00" };
const subscription: Subscription = {
  id,
  customer: customerId,
  user: customerId,
  plan: id,
  product: "default",
  items: [{ item: "base", quantity: 1 }],
  status: "active",
  start_date: "2026-01-01",
  end_date: null,
  cancelled_at: null,
  current_period_start: "2026-01-01",
  current_period_end: "2026-02-01",
  metadata: {},
  created_at: "2026-01-01T00:00:00Z",
};
const invoice: Invoice = {
  id,
  number: "INV-00000042",
  subscription: id,
  customer: customerId,
  user: customerId,
  plan: id,
  period_start: "2026-01-01",
  period_end: "2026-02-01",
  ...unpaidAmounts(49_900),
  currency: "usd",
  issue_date: "2026-01-01",
  due_date: "2026-01-08",
  status: "pending",
  paid_at: null,
  refunded_minor: 1_050,
  disputed_at: null,
  metadata: {},
};
const invoiceTerms = Object.fromEntries(
  Object.entries(invoice).filter(([field]) => !field.endsWith("_minor")),
);
const shownInvoice = {
  ...invoiceTerms,
  ...shownAmounts("499.00"),
  refunded: "10.50",
};

describe("users", () => {
  const account = { username: "ada", email: "ada@example.com", password: "correct horse" };

  test("anyone can sign up", async () => {
    services.on("identity.register", () => user);
    const { status, body } = await http.post("/api/users/", { body: account });
    expect(status).toBe(201);
    expect(body).toEqual(user);
    const params = { ...account, client: "127.0.0.1" };
    expect(services.callsOf("identity.register")).toMatchObject([{ params, caller: anonymous }]);
  });

  test("nobody can sign up as staff, signed in or not", async () => {
    for (const token of [undefined, customer]) {
      const { status, body } = await http.post("/api/users/", {
        token,
        body: { ...account, is_staff: true },
      });
      expect(status).toBe(400);
      expect(fieldsOf(body)).toEqual(["is_staff"]);
    }
    expect(services.calls).toEqual([]);
  });

  test("staff can create accounts, also staff accounts", async () => {
    services.on("identity.createUser", (params) => ({ ...user, is_staff: params.is_staff }));
    const colleague = await http.post("/api/users/", { token: staff, body: { ...account, is_staff: true } });
    expect(colleague).toMatchObject({ status: 201, body: { is_staff: true } });
    const someone = await http.post("/api/users/", { token: staff, body: account });
    expect(someone).toMatchObject({ status: 201, body: { is_staff: false } });
    expect(services.callsOf("identity.createUser")).toMatchObject([{ caller: asStaff }, { caller: asStaff }]);
  });

  test("each wrong field of an account is named", async () => {
    const { status, body } = await http.post("/api/users/", {
      body: { username: "a b", password: "short", admin: 1 },
    });
    expect(status).toBe(400);
    expect(fieldsOf(body).sort()).toEqual(["admin", "email", "password", "username"]);
  });

  test("reading, changing and deactivating pass on the caller", async () => {
    services.on("identity.listUsers", () => ({ items: [user], next: null }));
    services.on("identity.getUser", () => user);
    services.on("identity.updateUser", (params) => ({ ...user, email: params.email ?? "" }));
    services.on("identity.deactivateUser", () => null);
    expect(await http.get("/api/users/", { token: customer })).toMatchObject({ status: 200, body: [user] });
    expect(await http.get("/api/users/me/", { token: customer })).toMatchObject({ status: 200, body: user });
    expect(await http.get(`/api/users/${id}/`, { token: customer })).toMatchObject({
      status: 200,
      body: user,
    });
    const changed = await http.patch(`/api/users/${id}/`, {
      token: customer,
      body: { email: "new@example.com" },
    });
    expect(changed).toMatchObject({ status: 200, body: { email: "new@example.com" } });
    expect(await http.delete(`/api/users/${id}/`, { token: customer })).toMatchObject({
      status: 204,
      text: "",
    });
    expect(services.calls).toMatchObject([
      { action: "identity.listUsers", caller: asCustomer },
      { action: "identity.getUser", params: { id: customerId } },
      { action: "identity.getUser", params: { id } },
      { action: "identity.updateUser", params: { id, email: "new@example.com" } },
      { action: "identity.deactivateUser", params: { id } },
    ]);
  });
});

describe("tokens", () => {
  const pair = { access: "a", refresh: "r" };

  test("login passes the client's address to identity", async () => {
    services.on("identity.login", () => ({ ...pair, device: "a.1.b" }));
    const { status, body } = await http.post("/api/token/", { body: { username: "ada", password: "p" } });
    expect([status, body]).toEqual([200, pair]);
    expect(services.callsOf("identity.login")).toMatchObject([
      { params: { client: "127.0.0.1" }, caller: anonymous },
    ]);
  });

  test("login sets the device's cookie, and passes it on when it comes back", async () => {
    services.on("identity.login", () => ({ ...pair, device: "a.1.b" }));
    const login = (headers = {}) =>
      http.post("/api/token/", { body: { username: "ada", password: "p" }, headers });
    const { headers } = await login();
    expect(headers.get("set-cookie")).toBe(
      "billing_device=a.1.b; Path=/api/token; Max-Age=15552000; HttpOnly; SameSite=Strict",
    );
    services.clear();
    const cookies = [
      "x=1; billing_device=a.1.b; y=2",
      "billing_device=",
      `billing_device=${"x".repeat(201)}`,
      "ä",
    ];
    for (const cookie of cookies) expect(await login({ cookie })).toMatchObject({ status: 200 });
    const devices = services.callsOf("identity.login").map(({ params }) => params);
    expect(devices).toMatchObject([{ device: "a.1.b" }, {}, {}, {}]);
    expect(devices.filter((params) => "device" in (params as object))).toHaveLength(1);
  });

  test("the cookie is for TLS, and for the path of PUBLIC_URL, where that has them", () => {
    expect(deviceCookie("d", "https://pay.example/billing")).toBe(
      "billing_device=d; Path=/billing/api/token; Max-Age=15552000; HttpOnly; SameSite=Strict; Secure",
    );
  });

  test("a wrong password is a 401, too many are a 429 with Retry-After", async () => {
    services.on("identity.login", () => {
      throw new BillingError(401, "token.bad_credentials", "No active account with these credentials.");
    });
    const wrong = await http.post("/api/token/", { body: { username: "ada", password: "p" } });
    expect(wrong).toMatchObject({ status: 401, body: { type: "token.bad_credentials" } });
    expect(wrong.headers.get("www-authenticate")).toBe("Bearer");
    services.on("identity.login", () => {
      throw Object.assign(new BillingError(429, "token.throttled", "Too many attempts."), {
        data: { retry_after_s: 12.2 },
      });
    });
    const throttled = await http.post("/api/token/", { body: { username: "ada", password: "p" } });
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get("retry-after")).toBe("13");
  });

  test("login refuses an address in the body", async () => {
    const { status, body } = await http.post("/api/token/", {
      body: { username: "a", password: "p", client: "1.2.3.4" },
    });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual(["client"]);
  });

  test("refresh tokens can be exchanged and revoked, whatever the access token", async () => {
    services.on("identity.refresh", () => pair);
    services.on("identity.revoke", () => null);
    const refreshed = await http.post("/api/token/refresh/", { token: "stale", body: { refresh: "r" } });
    expect(refreshed).toMatchObject({ status: 200, body: pair });
    expect(refreshed.headers.get("cache-control")).toBe("no-store");
    expect(await http.post("/api/token/revoke/", { body: { refresh: "r" } })).toMatchObject({
      status: 204,
      text: "",
    });
  });
});

describe("plans", () => {
  test("a single object has an entity tag, and is not sent again to who has it", async () => {
    services.on("catalog.getPlan", () => plan);
    const path = `/api/plans/${id}/`;
    const first = await http.get(path, { token: staff });
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    for (const known of [tag, `"other", W/${tag}`, "*"]) {
      const again = await http.get(path, { token: staff, headers: { "if-none-match": known } });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", tag]);
    }
    services.on("catalog.getPlan", () => ({ ...plan, name: "Other" }));
    const changed = await http.get(path, { token: staff, headers: { "if-none-match": tag } });
    expect(changed).toMatchObject({ status: 200, body: { name: "Other" } });
    const unknown = await http.get(path, { headers: { "if-none-match": tag } });
    expect(unknown.status).toBe(401);
  });

  test("a price is a decimal string beside its currency", async () => {
    services.on("catalog.listPlans", () => ({
      items: [plan, { ...plan, amount_minor: 500, currency: "jpy" }],
      next: null,
    }));
    const { status, body } = await http.get("/api/plans/", { token: customer });
    expect(status).toBe(200);
    expect(body).toEqual([shownPlan, { ...shownPlan, price: "500", currency: "jpy" }]);
    services.on("catalog.getPlan", () => plan);
    expect(await http.get(`/api/plans/${id}/`, { token: customer })).toMatchObject({
      status: 200,
      body: shownPlan,
    });
  });

  test("a new plan's price is in its currency, or in the default currency", async () => {
    services.on("catalog.createPlan", (params) => ({
      ...plan,
      amount_minor: params.amount_minor,
      currency: params.currency ?? "",
      warnings: [],
    }));
    const inDollars = await http.post("/api/plans/", { token: staff, body: { name: "Basic", price: "499" } });
    expect(inDollars).toMatchObject({ status: 201, body: { price: "499.00", currency: "usd" } });
    const inDinars = await http.post("/api/plans/", {
      token: staff,
      body: { name: "Basic", price: "1.5", currency: "kwd" },
    });
    expect(inDinars).toMatchObject({ status: 201, body: { price: "1.500", currency: "kwd" } });
    expect(services.callsOf("catalog.createPlan")).toMatchObject([
      { params: { amount_minor: 49_900, currency: "usd", interval: "month" } },
      { params: { amount_minor: 1_500, currency: "kwd" } },
    ]);
  });

  test.each([
    [499, 49_900],
    [49.9, 4_990],
    ["59.90", 5_990],
    [0, 0],
  ])("a price may be sent as %j", async (price, amount_minor) => {
    services.on("catalog.createPlan", () => ({ ...plan, amount_minor, warnings: [] }));
    const made = await http.post("/api/plans/", { token: staff, body: { name: "Basic", price } });
    expect(made.status).toBe(201);
    expect(services.callsOf("catalog.createPlan")).toMatchObject([{ params: { amount_minor } }]);
  });

  test.each([
    ["a number that is not exact", { price: 0.1 + 0.2 }, "price"],
    ["a negative number", { price: -1 }, "price"],
    ["true", { price: true }, "price"],
    ["nothing", {}, "price"],
    ["negative", { price: "-1.00" }, "price"],
    ["with too many decimals", { price: "1.005" }, "price"],
    ["with decimals the currency lacks", { price: "1.5", currency: "jpy" }, "price"],
    ["with a comma", { price: "1,50" }, "price"],
    ["with an exponent", { price: "1e3" }, "price"],
    ["beyond all bounds", { price: "9999999999999999" }, "price"],
    ["above what Stripe takes", { price: "1000000.00" }, "price"],
    ["in no known currency", { price: "1.00", currency: "abc" }, "currency"],
    ["in capitals", { price: "1.00", currency: "USD" }, "currency"],
    ["in minor units", { price: "1.00", amount_minor: 100 }, "amount_minor"],
  ])("a price that is %s is refused by name", async (_name, terms, field) => {
    const { status, body } = await http.post("/api/plans/", {
      token: staff,
      body: { name: "Basic", ...terms },
    });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual([field]);
    expect(services.callsOf("catalog.createPlan")).toEqual([]);
  });

  test("a price that the catalog refuses is named as it was sent", async () => {
    const refuse = () => {
      throw invalid({ field: "amount_minor", message: "must be a multiple of 0.010 kwd" });
    };
    services.on("catalog.createPlan", refuse);
    services.on("catalog.getPlan", () => ({ ...plan, currency: "kwd" }));
    services.on("catalog.updatePlan", refuse);
    const body = { name: "Dinar", price: "1.234", currency: "kwd" };
    const made = await http.post("/api/plans/", { token: staff, body });
    const changed = await http.patch(`/api/plans/${id}/`, { token: staff, body: { price: "1.234" } });
    for (const answer of [made, changed]) {
      expect(answer.status).toBe(400);
      expect(fieldsOf(answer.body)).toEqual(["price"]);
      expect(answer.body).toMatchObject({ detail: "price: must be a multiple of 0.010 kwd" });
    }
  });

  describe("changes", () => {
    const whole = { ...shownPlan, price: "599.00" };

    beforeEach(() => {
      services.on("catalog.getPlan", () => plan);
      services.on("catalog.updatePlan", (params) => ({
        ...plan,
        amount_minor: params.amount_minor ?? plan.amount_minor,
        warnings: [],
      }));
    });

    test("PUT takes what GET answered, with what changes", async () => {
      const { status, body } = await http.put(`/api/plans/${id}/`, { token: staff, body: whole });
      expect(status).toBe(200);
      expect(body).toMatchObject({ price: "599.00" });
      const {
        id: _id,
        archived_at: _archived,
        currency: _currency,
        interval: _interval,
        interval_count: _count,
        product: _product,
        price: _price,
        ...others
      } = whole;
      expect(services.callsOf("catalog.updatePlan")).toMatchObject([
        { params: { id, ...others, amount_minor: 59_900 } },
      ]);
    });

    test("PUT without a name is refused, PATCH is not", async () => {
      const put = await http.put(`/api/plans/${id}/`, { token: staff, body: { price: "599.00" } });
      expect(put.status).toBe(400);
      expect(fieldsOf(put.body)).toEqual(["name"]);
      const patch = await http.patch(`/api/plans/${id}/`, { token: staff, body: { price: "599.00" } });
      expect(patch).toMatchObject({ status: 200, body: { price: "599.00" } });
      expect(services.callsOf("catalog.updatePlan")[0]?.params).toEqual({ id, amount_minor: 59_900 });
    });

    test.each([["put"], ["patch"]] as const)("%s cannot change currency and interval", async (method) => {
      const body = { ...whole, product: "other", currency: "eur", interval: "year", interval_count: 2 };
      const elsewhere = { ...whole, id: randomUUID(), archived_at: "2026-01-01T00:00:00Z" };
      const moved = await http[method](`/api/plans/${id}/`, { token: staff, body: elsewhere });
      expect(fieldsOf(moved.body)).toEqual(["id", "archived_at"]);
      const answer = await http[method](`/api/plans/${id}/`, { token: staff, body });
      expect(answer.status).toBe(400);
      expect(fieldsOf(answer.body)).toEqual(["product", "currency", "interval", "interval_count"]);
      expect(services.callsOf("catalog.updatePlan")).toEqual([]);
    });

    test("DELETE archives the plan", async () => {
      services.on("catalog.archivePlan", () => null);
      expect(await http.delete(`/api/plans/${id}/`, { token: staff })).toMatchObject({ status: 204 });
      expect(services.callsOf("catalog.archivePlan")).toMatchObject([{ params: { id }, caller: asStaff }]);
    });
  });
});

describe("subscriptions", () => {
  test("can be listed by status, read and created", async () => {
    services.on("subscriptions.listSubscriptions", () => ({ items: [subscription], next: null }));
    services.on("subscriptions.getSubscription", () => subscription);
    services.on("subscriptions.createSubscription", () => subscription);
    const list = await http.get("/api/subscriptions/?status=active", { token: customer });
    expect(list).toMatchObject({ status: 200, body: [subscription] });
    const one = await http.get(`/api/subscriptions/${id}/`, { token: customer });
    expect(one).toMatchObject({ status: 200, body: subscription });
    const made = await http.post("/api/subscriptions/", {
      token: customer,
      body: { plan: "basic", end_date: "2027-01-01" },
    });
    expect(made).toMatchObject({ status: 201, body: subscription });
    expect(services.calls).toMatchObject([
      { params: { status: "active" }, caller: asCustomer },
      { params: { id } },
      { params: { plan: "basic", end_date: "2027-01-01" }, caller: asCustomer },
    ]);
  });

  test("a second active one is refused", async () => {
    services.on("subscriptions.createSubscription", () => {
      throw new BillingError(400, "subscription.already_active", "You already have an active subscription.");
    });
    const { status, body } = await http.post("/api/subscriptions/", {
      token: customer,
      body: { plan: "basic" },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: "subscription.already_active",
      title: "Bad Request",
      status: 400,
      detail: "You already have an active subscription.",
    });
  });

  test.each([
    ["post", `/api/subscriptions/${id}/unsubscribe/`],
    ["delete", `/api/subscriptions/${id}/`],
  ] as const)("are ended by %s %s, once", async (method, path) => {
    services.on("subscriptions.unsubscribe", () => ({ ...subscription, status: "cancelled" as const }));
    const ended = await http[method](path, { token: customer });
    expect(ended).toMatchObject({
      status: 200,
      body: { detail: "Subscription cancelled.", id, status: "cancelled" },
    });
    services.on("subscriptions.unsubscribe", () => {
      throw new BillingError(400, "subscription.already_cancelled", "Subscription already cancelled.");
    });
    const again = await http[method](path, { token: customer });
    expect(again).toMatchObject({ status: 400, body: { detail: "Subscription already cancelled." } });
  });
});

describe("invoices", () => {
  test("show decimal amounts, and one invoice shows its lines", async () => {
    services.on("invoicing.listInvoices", () => ({ items: [invoice], next: null }));
    services.on("invoicing.getInvoice", () => ({
      ...invoice,
      bill_to: null,
      lines: [wholeLine("Basic", 49_900)],
    }));
    const list = await http.get(`/api/invoices/?status=overdue&subscription=${id}`, { token: customer });
    expect(list).toMatchObject({ status: 200 });
    expect(list.body).toEqual([shownInvoice]);
    const { body } = await http.get(`/api/invoices/${id}/`, { token: customer });
    expect(body).toEqual({
      ...shownInvoice,
      bill_to: null,
      lines: [shownLine("Basic", "499.00")],
    });
    expect(services.callsOf("invoicing.listInvoices")).toMatchObject([
      { params: { status: "overdue", subscription: id } },
    ]);
  });

  test("show no field that the route does not describe", async () => {
    services.on("invoicing.listInvoices", () => ({
      items: [Object.assign({ internal_note: "x" }, invoice)],
      next: null,
    }));
    const { body } = await http.get("/api/invoices/", { token: customer });
    expect(body).toEqual([shownInvoice]);
  });

  test.each([
    ["post", "/api/invoices/"],
    ["put", `/api/invoices/${id}/`],
    ["patch", `/invoices/${id}`],
    ["delete", `/api/invoices/${id}/`],
  ] as const)("%s %s: nobody writes them", async (method, path) => {
    const { status, headers, body } = await http[method](path, { token: staff, body: { status: "paid" } });
    expect(status).toBe(405);
    expect(headers.get("allow")).toBe("HEAD, GET");
    expect(body).toMatchObject({ type: "request.method_not_allowed", status: 405 });
  });
});

describe("paying", () => {
  const intent = {
    client_secret: "pi_1_secret_2",
    payment_intent_id: "pi_1",
    publishable_key: "pk_test_1",
    amount_minor: 49_900,
    currency: "usd",
  };

  test.each([
    ["nobody known", () => undefined, anonymous],
    ["the owner", () => customer, asCustomer],
    ["staff", () => staff, asStaff],
  ])("%s who has the id can start to pay", async (_name, token, caller) => {
    services.on("payments.createPaymentIntent", () => intent);
    const { status, body } = await http.post("/api/create-payment-intent/", {
      token: token(),
      body: { invoice: id },
    });
    expect(status).toBe(200);
    const { amount_minor: _amount, ...others } = intent;
    expect(body).toEqual({ ...others, amount: "499.00" });
    expect(services.callsOf("payments.createPaymentIntent")).toMatchObject([
      { params: { invoice: id }, caller },
    ]);
  });

  test("the caller cannot set amount, currency or customer", async () => {
    const body = {
      invoice: id,
      amount: "0.50",
      amount_minor: 50,
      currency: "usd",
      customer: "cus_1",
      metadata: {},
    };
    const answer = await http.post("/api/create-payment-intent/", { body });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body).sort()).toEqual([
      "amount",
      "amount_minor",
      "currency",
      "customer",
      "metadata",
    ]);
    expect(services.calls).toEqual([]);
  });

  test("staff decide about a payment under review", async () => {
    const resolved = {
      id,
      invoice: id,
      stripe_payment_intent_id: "pi_1",
      resolution: "refund" as const,
      status: "cancelled" as const,
      detail: "The money was sent back, and the invoice can be paid again.",
    };
    services.on("payments.resolvePayment", () => resolved);
    const path = `/api/payments/${id}/resolve/`;
    const done = await http.post(path, { token: staff, body: { resolution: "refund" } });
    expect(done).toMatchObject({ status: 200, body: resolved });
    expect(services.callsOf("payments.resolvePayment")).toMatchObject([
      { params: { id, resolution: "refund" }, caller: asStaff },
    ]);
    for (const body of [{}, { resolution: "forget" }, { resolution: "accept", amount: "1.00" }]) {
      const refused = await http.post(path, { token: staff, body });
      expect(refused.status).toBe(400);
    }
    expect(await http.post(path, { token: customer, body: { resolution: "accept" } })).toMatchObject({
      status: 403,
    });
    expect(services.callsOf("payments.resolvePayment")).toHaveLength(1);
  });

  test("an invoice becomes paid when Stripe confirms the payment", async () => {
    services.on("payments.confirmPayment", () => ({ invoice: id, number: "INV-00000042" }));
    const { status, body } = await http.post("/api/payment-success/", { body: { invoice: id } });
    expect(status).toBe(200);
    expect(body).toEqual({ detail: "Invoice INV-00000042 marked as paid." });
    services.on("payments.confirmPayment", () => {
      throw new BillingError(409, "payment.not_confirmed", "Stripe does not confirm the payment.");
    });
    expect(await http.post("/api/payment-success/", { body: { invoice: id } })).toMatchObject({
      status: 409,
    });
  });

  test("clients of the first version name the invoice invoice_id", async () => {
    services.on("payments.createPaymentIntent", () => intent);
    const [once, twice, never] = await Promise.all(
      [{ invoice_id: id }, { invoice: id, invoice_id: id }, {}].map((body) =>
        http.post("/api/create-payment-intent/", { body }),
      ),
    );
    expect(once?.status).toBe(200);
    expect(fieldsOf(twice?.body)).toEqual(["invoice_id"]);
    expect(fieldsOf(never?.body)).toEqual(["invoice"]);
    expect(services.callsOf("payments.createPaymentIntent")).toMatchObject([{ params: { invoice: id } }]);
  });

  test("a malformed invoice id is named", async () => {
    for (const path of ["/api/create-payment-intent/", "/api/payment-success/"]) {
      const { status, body } = await http.post(path, { body: { invoice: "INV-1" } });
      expect(status).toBe(400);
      expect(fieldsOf(body)).toEqual(["invoice"]);
    }
  });
});

describe("Stripe's webhook", () => {
  test("passes the body on unchanged", async () => {
    services.on("payments.receiveWebhook", () => ({ received: true }));
    const body = `\uFEFF{ "id" :"evt_1",\r\n\t"name": "\u00e9\u20ac\ud83d\ude00", "n": 1.0 }\n`;
    const { status } = await http.post("/api/stripe/webhook/", {
      body,
      headers: { "stripe-signature": "t=1,v1=ab" },
    });
    expect(status).toBe(200);
    expect(services.calls).toMatchObject([
      { params: { body, signature: "t=1,v1=ab" }, caller: { kind: "service", name: "gateway" } },
    ]);
  });

  test("accepts any content type, and up to a megabyte", async () => {
    const headers = { "stripe-signature": "t=1,v1=ab", "content-type": "text/plain" };
    expect(await http.post("/api/stripe/webhook", { body: "x".repeat(900_000), headers })).toMatchObject({
      status: 200,
    });
    expect(await http.post("/api/stripe/webhook", { body: "x".repeat(1_000_001), headers })).toMatchObject({
      status: 413,
    });
  });

  test("without a signature or with a wrong one is a 400", async () => {
    expect(await http.post("/api/stripe/webhook/", { body: "{}" })).toMatchObject({ status: 400 });
    services.on("payments.receiveWebhook", () => {
      throw invalid({ field: "Stripe-Signature", message: "does not match" });
    });
    const { status } = await http.post("/api/stripe/webhook/", {
      body: "{}",
      headers: { "stripe-signature": "x" },
    });
    expect(status).toBe(400);
  });

  test("our own failure is a 5xx, so that Stripe retries", async () => {
    services.on("payments.receiveWebhook", () => {
      throw new Error("no space left on device");
    });
    const { status } = await http.post("/api/stripe/webhook/", {
      body: "{}",
      headers: { "stripe-signature": "x" },
    });
    expect(status).toBe(500);
  });
});

describe("the test clock", () => {
  const reading = { now: "2026-01-01T00:00:00Z", today: "2026-01-01", zone: "UTC", moved: false };

  test("can be read and moved by staff", async () => {
    services.on("cron.getClock", () => reading);
    services.on("cron.moveClock", () => ({ ...reading, moved: true }));
    expect(await http.get("/api/test-clock/", { token: staff })).toMatchObject({
      status: 200,
      body: reading,
    });
    const moved = await http.post("/api/test-clock/", { token: staff, body: { advance: "P1M" } });
    expect(moved).toMatchObject({ status: 200, body: { moved: true } });
    expect(services.callsOf("cron.moveClock")).toMatchObject([
      { params: { advance: "P1M" }, caller: asStaff },
    ]);
  });
});

const PRIVATE: [method: "get" | "post" | "put" | "patch" | "delete", path: string, staffOnly: boolean][] = [
  ["get", "/api/users/", false],
  ["get", "/api/users/me/", false],
  ["get", `/api/users/${id}/`, false],
  ["patch", `/api/users/${id}/`, false],
  ["delete", `/api/users/${id}/`, false],
  ["get", "/api/plans/", false],
  ["get", `/api/plans/${id}/`, false],
  ["post", "/api/plans/", true],
  ["put", `/api/plans/${id}/`, true],
  ["patch", `/api/plans/${id}/`, true],
  ["delete", `/api/plans/${id}/`, true],
  ["get", "/api/subscriptions/", false],
  ["get", `/api/subscriptions/${id}/`, false],
  ["post", "/api/subscriptions/", false],
  ["post", `/api/subscriptions/${id}/unsubscribe/`, false],
  ["delete", `/api/subscriptions/${id}/`, false],
  ["get", "/api/invoices/", false],
  ["get", `/api/invoices/${id}/`, false],
  ["get", "/api/billing-runs/", true],
  ["post", "/api/billing-runs/", true],
  ["get", `/api/billing-runs/${id}/`, true],
  ["get", "/api/billing-preview/", true],
  ["post", `/api/payments/${id}/resolve/`, true],
  ["get", "/api/test-clock/", true],
  ["post", "/api/test-clock/", true],
];

describe("access", () => {
  test.each(PRIVATE)("%s %s needs a token", async (method, path) => {
    const nobody = await http[method](path);
    expect(nobody).toMatchObject({ status: 401, body: { type: "request.not_authenticated" } });
    expect(nobody.headers.get("www-authenticate")).toBe("Bearer");
    expect(services.calls).toEqual([]);
  });

  test.each(PRIVATE.filter(([, , staffOnly]) => staffOnly))("%s %s needs staff", async (method, path) => {
    const answer = await http[method](path, { token: customer });
    expect(answer).toMatchObject({ status: 403, body: { type: "request.forbidden" } });
    expect(services.calls).toEqual([]);
  });

  test.each(PRIVATE.filter(([, path]) => path.includes(id)))(
    "%s %s: a malformed id is a 404",
    async (method, path) => {
      const answer = await http[method](path.replace(id, "42"), { token: staff });
      expect(answer).toMatchObject({ status: 404 });
      expect(services.calls).toEqual([]);
    },
  );

  test("another user's object is not found, as the service says", async () => {
    services.on("invoicing.getInvoice", () => {
      throw notFound("invoice");
    });
    const { status, body } = await http.get(`/api/invoices/${id}/`, { token: customer });
    expect(status).toBe(404);
    expect(body).toMatchObject({ type: "invoice.not_found", detail: "No such invoice." });
  });
});
