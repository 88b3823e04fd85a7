import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";
/** Stands in everything that names the customer. */
const MARK = "zqxmark";
/** Where the documents keep whom they billed, and for what. */
const DOCUMENTS = ["invoicing.invoices.bill_to", "invoicing.invoices.lines"];
const SCHEMAS = [
  "identity",
  "catalog",
  "subscriptions",
  "invoicing",
  "payments",
  "notifications",
  "cron",
] as const;

const logged: string[] = [];
const log = { write: (line: string) => void logged.push(line) };

let system: System;
let anyone: RestClient;
let staff: RestClient;
let customer: string;

beforeAll(async () => {
  const env = { STAFF_USERNAME: "root", STAFF_EMAIL: "root@example.com", STAFF_PASSWORD: PASSWORD };
  const logger = { type: "Pino", options: { level: "debug", pino: { destination: log } } };
  system = await startSystem({ env, broker: { logLevel: "debug", logger } });
  anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
});
afterAll(() => system.stop());

const signUp = (key: string) => {
  const body = { username: MARK, email: `${MARK}@example.com`, password: PASSWORD };
  return anyone.post("/api/users/", body, { "idempotency-key": key });
};

/** Everywhere that a text stands, as schema.table.column. */
async function placesOf(text: string): Promise<string[]> {
  const places: string[] = [];
  for (const schema of SCHEMAS) {
    const db = system.db(schema);
    const { rows } = await db.raw<{ rows: { table_name: string; column_name: string }[] }>(
      "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?",
      [schema],
    );
    expect(rows.length).toBeGreaterThan(10);
    for (const { table_name, column_name } of rows) {
      const found = await db.raw<{ rows: unknown[] }>(
        `SELECT FROM ??.?? AS t WHERE strpos(lower(
           CASE pg_typeof(t.??)::text WHEN 'bytea' THEN encode(t.??::text::bytea, 'escape')
           ELSE t.??::text END), ?) > 0 LIMIT 1`,
        [schema, table_name, column_name, column_name, column_name, text],
      );
      if (found.rows.length > 0) places.push(`${schema}.${table_name}.${column_name}`);
    }
  }
  return places;
}

/** A customer who has lived through all that leaves a name behind. */
async function live(): Promise<void> {
  await signUp("first");
  await system.drain();
  const user = await anyone.signIn(MARK, PASSWORD);
  const [own] = (await user.get("/api/customers/")).body as { id: string }[];
  customer = String(own?.id);
  const changed = await staff.patch(`/api/customers/${customer}/`, {
    name: `${MARK} Ltd`,
    external_id: MARK,
    address: { line1: MARK, city: MARK, country: "AT" },
    vat_id: MARK,
    metadata: { note: MARK },
  });
  expect(changed.status).toBe(200);
  await user.post(`/api/customers/${customer}/invitations/`, { email: `${MARK}-guest@example.com` });
  await anyone.post("/api/password-reset/", { email: `${MARK}@example.com` });
  await user.post("/api/users/me/email/", { email: `${MARK}-new@example.com`, password: PASSWORD });
  await anyone.post("/api/token/", { username: MARK, password: "wrong password" });
  // The user has somebody else's address for a while: the other one is told the name.
  await anyone.post("/api/users/", { username: "other", email: "other@example.com", password: PASSWORD });
  const { id } = await system.db("identity")("users").where({ username: MARK }).first("id");
  for (const email of ["other@example.com", `${MARK}@example.com`])
    await staff.patch(`/api/users/${id}/`, { email });
  await system.drain();
  const made = await staff.post(
    "/api/subscriptions/",
    { plan: "Pro", customer, metadata: { note: MARK } },
    { "idempotency-key": "subscribe" },
  );
  expect(made.status).toBe(201);
  await staff.post(`/api/customers/${customer}/charges/`, { description: MARK, amount: 1 });
  await system.drain();
  const [invoice] = (await staff.get(`/api/invoices/?customer=${customer}`)).body as { id: string }[];
  await system.call("payments.createPaymentIntent", { invoice: String(invoice?.id) });
  await system
    .db("notifications")("deliveries")
    .where({ customer_id: customer })
    .update({ error: `550 <${MARK}@example.com> is unknown` });
  const letter = { producer: "identity", attempts: 5, occurred_at: new Date() };
  await system
    .db("notifications")("dead_letters")
    .insert({
      ...letter,
      id: "0198c0de-0000-7000-8000-00000000dead",
      type: "customer.updated",
      subject_id: customer,
      payload: { id: customer, name: MARK },
      error: MARK,
    });
}

const erase = (reference = customer, client = staff) =>
  client.post(`/api/customers/${encodeURIComponent(reference)}/erase/`);

test("after an erase nothing names the customer but the documents, and it may not be undone", async () => {
  await live();
  const before = await placesOf(MARK);
  expect(before).toEqual(
    expect.arrayContaining([
      "identity.users.username",
      "identity.customers.metadata",
      "identity.login_attempts.username",
      "identity.outbox.payload",
      "identity.account_links.email",
      "identity.reset_requests.email",
      "identity.idempotency_records.answer",
      "subscriptions.subscriptions.metadata",
      "subscriptions.outbox.payload",
      "invoicing.customers.bill_to",
      "invoicing.billables.metadata",
      "invoicing.charges.description",
      "invoicing.invoices.metadata",
      "notifications.contacts.email",
      "notifications.customers.name",
      "notifications.deliveries.error",
      "notifications.deliveries.payload",
      "notifications.dead_letters.payload",
    ]),
  );
  expect(await erase()).toMatchObject({ status: 409 });
  await staff.delete(`/api/customers/${customer}/`);
  await system.drain();
  expect(await erase(`external_id:${MARK}`)).toMatchObject({ status: 204 });
  await system.drain();
  expect((await placesOf(MARK)).sort()).toEqual(DOCUMENTS);
  const rows = await system.db("invoicing")("invoices").where({ customer_id: customer }).select("bill_to");
  expect(rows).toMatchObject([{ bill_to: { name: `${MARK} Ltd`, email: null, vat_id: MARK } }]);

  expect(await erase()).toMatchObject({ status: 204 });
  expect(await staff.patch(`/api/customers/${customer}/`, { name: "again" })).toMatchObject({ status: 409 });
  const { body } = await staff.get(`/api/audit-log/?object=${customer}`);
  const [newest] = body as object[];
  expect(newest).toMatchObject({ action: "customer.erased", actor: expect.stringMatching(/^user:/) });
  const { checks } = await system.call("invoicing.auditBooks", {});
  expect(checks.filter(({ findings }) => findings > 0)).toEqual([]);
}, 60_000);

test("a request that is sent again after the erase brings nothing back", async () => {
  expect(await signUp("first")).toMatchObject({ status: 409 });
  expect((await placesOf(MARK)).sort()).toEqual(DOCUMENTS);
});

test("no line of the log named the customer", () => {
  expect(logged.length).toBeGreaterThan(20);
  expect(logged.filter((line) => line.includes(MARK))).toEqual([]);
});

test("its users cannot sign in, and their names are free", async () => {
  const credentials = { username: MARK, password: PASSWORD };
  expect(await anyone.post("/api/token/", credentials)).toMatchObject({ status: 401 });
  expect(await signUp("second")).toMatchObject({ status: 201 });
  expect(await anyone.post("/api/token/", credentials)).toMatchObject({ status: 200 });
});

test("a user who belongs to another customer too keeps the account", async () => {
  const { body } = await staff.post("/api/customers/", { name: "Short-lived" });
  const { id } = body as { id: string };
  const { id: user_id } = await system.db("identity")("users").where({ username: "other" }).first("id");
  await system.db("identity")("customer_users").insert({ customer_id: id, user_id });
  await staff.delete(`/api/customers/${id}/`);
  expect(await erase(id)).toMatchObject({ status: 204 });
  const other = await anyone.signIn("other", PASSWORD);
  expect((await other.get("/api/customers/")).body).toHaveLength(1);
});

test("only staff and admin keys erase, and no customer whose user is staff", async () => {
  const other = await anyone.signIn("other", PASSWORD);
  const [own] = (await other.get("/api/customers/")).body as { id: string }[];
  expect(await erase(own?.id, other)).toMatchObject({ status: 403 });
  expect(await erase("external_id:nobody")).toMatchObject({ status: 404 });
  const root = await system.db("identity")("users").where({ username: "root" }).first("id");
  const { id } = (await system.db("identity")("customers").where({ user_id: root.id }).first("id")) ?? {};
  await staff.delete(`/api/customers/${id}/`);
  expect(await erase(id)).toMatchObject({ status: 409 });
});
