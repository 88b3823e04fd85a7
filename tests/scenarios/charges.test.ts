import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "a long enough secret";

let system: System;
let staff: RestClient;
let count = 0;

interface Charge {
  id: string;
  amount: string;
  invoice: string | null;
}
interface Invoice {
  id: string;
  amount: string;
  lines: { item: string | null; charge: string | null; description: string; amount: string }[];
}

beforeAll(async () => {
  const env = {
    TEST_CLOCK: "true",
    STAFF_USERNAME: "root",
    STAFF_EMAIL: "root@example.com",
    STAFF_PASSWORD: PASSWORD,
  };
  system = await startSystem({ env });
  await system.db("cron").raw("UPDATE clock SET moved_to = '2031-01-01T10:00:00Z'");
  staff = await new RestClient(gatewayUrl(system.broker)).signIn("root", PASSWORD);
  await staff.post("/api/plans/", { name: "Daily", price: "2.00", interval: "day" });
  await staff.post("/api/plans/", { name: "Second", price: "3.00", interval: "day", product: "second" });
  await staff.post("/api/plans/", { name: "Euro", price: "4.00", interval: "day", currency: "eur" });
}, 60_000);
afterAll(() => system.stop());

/** A customer with subscriptions whose first day is billed already. */
async function customer(...plans: string[]): Promise<string> {
  const name = `external_id:c${++count}`;
  await staff.put(`/api/customers/by-external-id/c${count}/`, { name: "Ada Ltd" });
  await system.drain();
  for (const plan of plans)
    expect((await staff.post("/api/subscriptions/", { plan, customer: name })).status).toBe(201);
  await system.drain();
  return name;
}

const post = (of: string, body: object, headers?: Record<string, string>) =>
  staff.post(`/api/customers/${of}/charges/`, body, headers);
async function charge(of: string, body: object): Promise<Charge> {
  const { status, body: created } = await post(of, { description: "Onboarding", ...body });
  expect(status).toBe(201);
  return created;
}
const chargesOf = async (of: string, query = "") =>
  (await staff.get(`/api/customers/${of}/charges/${query}`)).body as Charge[];
async function invoicesOf(of: string): Promise<Invoice[]> {
  const { body } = await staff.get(`/api/invoices/?customer=${of}&order=oldest`);
  return Promise.all(
    (body as Invoice[]).map(async ({ id }) => (await staff.get(`/api/invoices/${id}/`)).body as Invoice),
  );
}
async function nextDay(): Promise<void> {
  expect((await staff.post("/api/test-clock/", { advance: "P1D" })).status).toBe(200);
}
const findings = async () =>
  (await system.call("invoicing.auditBooks", {})).checks.filter(({ findings: found }) => found > 0);

describe("a charge", () => {
  test("waits for the customer's next invoice, and gets a line of it once", async () => {
    const of = await customer("Daily");
    const onboarding = await charge(of, { amount: "33.34" });
    const hours = await charge(of, { description: "Hours", unit_amount: 120, quantity: 3 });
    expect([onboarding.amount, hours.amount]).toEqual(["33.34", "360.00"]);
    expect(await chargesOf(of, "?waiting=true")).toHaveLength(2);
    const { today } = await system.call("cron.getClock", {});
    const preview = await system.call("invoicing.previewBilling", { as_of: today, limit: 1000 });
    expect(preview.items).toEqual([]);
    await nextDay();
    await nextDay();
    const [, second, third] = await invoicesOf(of);
    expect(second).toMatchObject({
      amount: "395.34",
      subtotal: "395.34",
      due: "395.34",
      lines: [
        { item: "base", charge: null, amount: "2.00" },
        { item: null, charge: onboarding.id, description: "Onboarding", amount: "33.34", period_start: null },
        { charge: hours.id, description: "Hours", quantity: 3, unit_amount: "120.00", amount: "360.00" },
      ],
    });
    expect(third).toMatchObject({ amount: "2.00" });
    expect((await chargesOf(of)).map(({ invoice }) => invoice)).toEqual([second?.id, second?.id]);
    const { body } = await staff.get(`/api/invoices/${second?.id}/explain/`);
    expect((body as { because: string[] }).because.join(" ")).toContain(
      "Daily 2.00 (in force since the plan was created) + Onboarding 33.34 (charged once) + " +
        "Hours 3 × 120.00 = 360.00 (charged once)",
    );
    expect(await findings()).toEqual([]);
  });

  test("is swept once, by whichever of two runs and two subscriptions comes first", async () => {
    const of = await customer("Daily", "Second");
    await charge(of, { amount: "10.00" });
    const euros = await charge(of, { amount: "20.00", currency: "eur" });
    const { today } = await system.call("cron.getClock", {});
    const tomorrow = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10);
    const preview = await system.call("invoicing.previewBilling", { as_of: tomorrow, limit: 1000 });
    await system.db("cron").raw("UPDATE clock SET moved_to = moved_to + interval '1 day'");
    const runs = [1, 2, 3, 4].map(() =>
      system.call("invoicing.startBillingRun", { kind: "generate_invoices", as_of: tomorrow }),
    );
    await Promise.all(runs);
    await system.drain();
    const amounts = (await invoicesOf(of)).slice(2).map(({ amount }) => amount);
    expect(amounts.sort()).toEqual(["12.00", "3.00"]);
    const mine = (await invoicesOf(of)).map(({ id }) => id);
    expect(mine).toHaveLength(4);
    const [first] = preview.items.filter(({ amount_minor }) => amount_minor === 1_200);
    expect(first).toMatchObject({ period_start: tomorrow });
    expect((await chargesOf(of, "?waiting=true")).map(({ id }) => id)).toEqual([euros.id]);
    expect(await findings()).toEqual([]);
  });

  test("is refused when all that wait are more than one payment can be", async () => {
    const of = await customer();
    await charge(of, { amount: "999999.00" });
    await charge(of, { amount: "0.99" });
    await charge(of, { amount: "999999.99", currency: "eur" });
    const answer = await post(of, { description: "Too much", amount: "0.01" });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "amount" }] } });
    expect(await chargesOf(of)).toHaveLength(3);
  });

  test("sent twice with one key is kept once", async () => {
    const of = await customer();
    const body = { description: "Onboarding", amount: "1.00" };
    const sent = [1, 2, 3].map(() => post(of, body, { "idempotency-key": "onboarding-1" }));
    expect(new Set((await Promise.all(sent)).map((answer) => (answer.body as Charge).id)).size).toBe(1);
    expect(await chargesOf(of)).toHaveLength(1);
  });

  test("can be taken back while it waits, and not any more on an invoice", async () => {
    const of = await customer("Daily");
    const [kept, back] = [await charge(of, { amount: "5.00" }), await charge(of, { amount: "6.00" })];
    const remove = (id: string) => staff.delete(`/api/customers/${of}/charges/${id}/`);
    expect((await remove(back.id)).status).toBe(204);
    expect((await remove(back.id)).status).toBe(404);
    await nextDay();
    expect((await invoicesOf(of)).at(-1)).toMatchObject({ amount: "7.00" });
    expect(await remove(kept.id)).toMatchObject({ status: 409, body: { type: "charge.invoiced" } });
  });

  test("that its invoice does not show, or that another one shows, is found by the audit", async () => {
    const of = await customer("Daily");
    const { id } = await charge(of, { amount: "5.00" });
    await nextDay();
    const invoice = (await invoicesOf(of)).at(-1)?.id;
    await system.db("invoicing")("charges").where({ id }).update({ invoice_id: null });
    expect(await findings()).toMatchObject([{ check: "charges_billed_once", ids: [invoice] }]);
    const [first] = await invoicesOf(of);
    await system.db("invoicing")("charges").where({ id }).update({ invoice_id: first?.id });
    const [found] = await findings();
    expect(found?.ids.toSorted()).toEqual([id, invoice].sort());
    await system.db("invoicing")("charges").where({ id }).update({ invoice_id: invoice });
  });
});

describe("refused, with the field named", () => {
  test.each([
    ["an amount of 0", { amount: 0 }, "amount"],
    ["a negative amount", { amount: "-1.00" }, "amount"],
    ["too many decimals", { amount: "1.001" }, "amount"],
    ["more than can be paid", { amount: "1000000.00" }, "amount"],
    ["more than can be paid together", { unit_amount: "500000.00", quantity: 2 }, "unit_amount"],
    ["no amount", {}, "amount"],
    ["two amounts", { amount: 1, unit_amount: 1 }, "unit_amount"],
    ["a quantity of an amount", { amount: 1, quantity: 2 }, "quantity"],
    ["a quantity of 0", { unit_amount: 1, quantity: 0 }, "quantity"],
    ["a fraction of a quantity", { unit_amount: 1, quantity: 1.5 }, "quantity"],
    ["an unknown currency", { amount: 1, currency: "abc" }, "currency"],
    ["no description", { amount: 1, description: "" }, "description"],
    ["an unknown field", { amount: 1, tax: 1 }, "tax"],
  ])("%s", async (_, body, field) => {
    const of = await customer();
    const answer = await post(of, { description: "Onboarding", ...body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    expect(await chargesOf(of)).toEqual([]);
  });

  test("for nobody, and for a closed customer", async () => {
    const body = { description: "Onboarding", amount: 1 };
    expect(await post("external_id:nobody", body)).toMatchObject({ status: 404 });
    const of = await customer();
    await staff.delete(`/api/customers/${of}/`);
    expect(await post(of, body)).toMatchObject({ status: 409, body: { type: "customer.closed" } });
  });

  test("by customers, who see their own charges only", async () => {
    const anyone = new RestClient(gatewayUrl(system.broker));
    const ada = { username: "ada", email: "ada@example.com", password: PASSWORD };
    await anyone.post("/api/users/", ada);
    const client = await anyone.signIn("ada", PASSWORD);
    const [own] = (await client.get("/api/customers/")).body as { id: string }[];
    await charge(own?.id ?? "", { amount: "1.00" });
    const path = `/api/customers/${own?.id}/charges/`;
    expect((await client.get(path)).body).toMatchObject([{ amount: "1.00", invoice: null }]);
    expect((await client.post(path, { description: "Free", amount: 1 })).status).toBe(403);
    const other = await customer();
    const { body } = await staff.get(`/api/customers/${other}/`);
    expect((await client.get(`/api/customers/${(body as { id: string }).id}/charges/`)).status).toBe(404);
  });
});
