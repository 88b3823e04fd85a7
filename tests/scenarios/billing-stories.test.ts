import { gatewayUrl } from "../../gateway/gateway.service";
import { sandboxOf } from "../../services/payments/stripe/own-sandbox";
import { payByCard, RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

// Cron emits 120 slots for one month of business time.
jest.setTimeout(120_000);

const PASSWORD = "correct horse battery";

let system: System;
let anyone: RestClient;
let staff: RestClient;
let signUps = 0;

beforeAll(async () => {
  system = await startSystem({
    env: {
      TEST_CLOCK: "true",
      STAFF_USERNAME: "root",
      STAFF_EMAIL: "root@example.com",
      STAFF_PASSWORD: PASSWORD,
    },
  });
  anyone = new RestClient(gatewayUrl(system.broker));
  staff = await anyone.signIn("root", PASSWORD);
  // Business time starts here: moving the clock from today would emit every slot in between.
  await system.drain();
  await system.db("cron").raw("UPDATE clock SET moved_to = '2031-01-31T10:00:00Z'");
});
afterAll(() => system.stop());

interface Invoice {
  id: string;
  number: string;
  status: string;
  amount: string;
  period_start: string;
  period_end: string;
  issue_date: string;
  due_date: string;
}

/** Tokens use real time, so one sign-up is enough for months of business time. */
async function signUp(): Promise<{ client: RestClient; id: string }> {
  const username = `customer-${++signUps}`;
  const { status, body } = await anyone.post("/api/users/", {
    username,
    email: `${username}@example.com`,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return { client: await anyone.signIn(username, PASSWORD), id: (body as { id: string }).id };
}

async function subscribe(
  client: RestClient,
  body: Record<string, string>,
): Promise<{ id: string; start_date: string; status: string }> {
  const answer = await client.post("/api/subscriptions/", body);
  expect(answer).toMatchObject({ status: 201 });
  await system.drain();
  return answer.body;
}

const invoicesOf = async (client: RestClient): Promise<Invoice[]> =>
  ((await client.get("/api/invoices/")).body as Invoice[]).toReversed();
const today = async () => ((await staff.get("/api/test-clock/")).body as { today: string }).today;
const deliveriesOf = async ({ id }: Invoice) =>
  (await system.call("notifications.listDeliveries", { invoice: id })).items
    .map(({ kind, day }) => `${kind} ${day}`)
    .sort();

async function moveTo(now: string): Promise<void> {
  expect(await staff.post("/api/test-clock/", { now })).toMatchObject({ status: 200 });
}

async function pay(client: RestClient, invoice: Invoice, card = "pm_card_visa"): Promise<number> {
  const intent = await client.post("/api/create-payment-intent/", { invoice: invoice.id });
  expect(intent.status).toBe(200);
  await payByCard(sandboxOf(system.broker).url, intent.body, card);
  return (await client.post("/api/payment-success/", { invoice: invoice.id })).status;
}

const startsOf = async (client: RestClient) =>
  (await invoicesOf(client)).map((invoice) => invoice.period_start);
const amountsOf = async (client: RestClient) => (await invoicesOf(client)).map((invoice) => invoice.amount);

// There is one clock, which only moves forward: each test continues where the one before it ended.
describe("three months of billing", () => {
  type Name = "prompt" | "late" | "steady" | "growing" | "leaving" | "ending";
  const customers = {} as Record<Name, RestClient>;
  const subscriptions: Record<string, string> = {};

  it("a new customer gets an invoice at once, pays it by card and gets a receipt", async () => {
    customers.prompt = (await signUp()).client;
    await subscribe(customers.prompt, { plan: "Pro" });
    const [invoice] = await invoicesOf(customers.prompt);
    expect(invoice).toMatchObject({
      status: "pending",
      amount: "499.00",
      period_start: "2031-01-31",
      period_end: "2031-02-28",
      issue_date: "2031-01-31",
      due_date: "2031-02-07",
    });
    expect(await pay(customers.prompt, invoice as Invoice)).toBe(200);
    expect((await invoicesOf(customers.prompt))[0]).toMatchObject({
      status: "paid",
      paid_at: "2031-01-31T10:00:00Z",
    });
    await system.drain();
    expect(await deliveriesOf(invoice as Invoice)).toEqual([
      "invoice_issued 2031-01-31",
      "receipt 2031-01-31",
    ]);
  });

  it("a customer cannot have two active subscriptions", async () => {
    const plan = await staff.post("/api/plans/", {
      name: "Growing",
      price: "10.00",
      currency: "usd",
      interval: "month",
    });
    expect(plan.status).toBe(201);
    for (const [name, body] of Object.entries({
      late: { plan: "basic" },
      steady: { plan: "Enterprise" },
      growing: { plan: "Growing" },
      leaving: { plan: "Pro" },
      ending: { plan: "Pro", end_date: "2031-03-31" },
    })) {
      const { client } = await signUp();
      customers[name as Name] = client;
      subscriptions[name] = (await subscribe(client, body)).id;
      expect(await client.post("/api/subscriptions/", { plan: "Basic" })).toMatchObject({
        status: 400,
        body: { detail: "You already have an active subscription." },
      });
    }
    expect(
      (await staff.patch(`/api/plans/${(plan.body as { id: string }).id}/`, { price: "12.50" })).status,
    ).toBe(200);
  });

  it("an unpaid invoice becomes overdue, with reminders before and after, and stays payable", async () => {
    const [invoice] = await invoicesOf(customers.late);
    await moveTo("2031-02-07T12:00:00Z");
    expect((await invoicesOf(customers.late))[0]?.status).toBe("pending");
    await moveTo("2031-02-08T12:00:00Z");
    expect((await invoicesOf(customers.late))[0]?.status).toBe("overdue");
    await moveTo("2031-02-15T12:00:00Z");
    const reminded = [
      "invoice_issued 2031-01-31",
      "reminder_due_soon 2031-02-04",
      "reminder_due_today 2031-02-07",
      "reminder_overdue 2031-02-08",
      "reminder_overdue 2031-02-14",
    ];
    expect(await deliveriesOf(invoice as Invoice)).toEqual(["receipt 2031-02-15", ...reminded].slice(1));
    expect(await pay(customers.late, invoice as Invoice, "pm_card_chargeDeclinedInsufficientFunds")).toBe(
      409,
    );
    expect((await invoicesOf(customers.late))[0]?.status).toBe("overdue");
    expect(await pay(customers.late, invoice as Invoice)).toBe(200);
    await moveTo("2031-02-22T12:00:00Z");
    expect(await deliveriesOf(invoice as Invoice)).toEqual([
      reminded[0],
      "receipt 2031-02-15",
      ...reminded.slice(1),
    ]);
  });

  it("a customer who unsubscribes is not billed again, and may subscribe again", async () => {
    const unsubscribe = () =>
      customers.leaving.post(`/api/subscriptions/${subscriptions.leaving}/unsubscribe/`);
    expect((await unsubscribe()).status).toBe(200);
    expect(await unsubscribe()).toMatchObject({
      status: 400,
      body: { detail: "Subscription already cancelled." },
    });
    await moveTo("2031-03-01T08:00:00Z");
    expect(await startsOf(customers.leaving)).toEqual(["2031-01-31"]);
    await subscribe(customers.leaving, { plan: "Basic" });
    expect(await amountsOf(customers.leaving)).toEqual(["499.00", "199.00"]);
  });

  it("a subscription from the 31st is billed on the last day of short months", async () => {
    await moveTo("2031-05-01T08:00:00Z");
    expect(await startsOf(customers.steady)).toEqual([
      "2031-01-31",
      "2031-02-28",
      "2031-03-31",
      "2031-04-30",
    ]);
  });

  it("a new price applies from the next period", async () => {
    expect(await amountsOf(customers.growing)).toEqual(["10.00", "12.50", "12.50", "12.50"]);
  });

  it("a subscription with an end date is billed until then and expires", async () => {
    expect((await customers.ending.get(`/api/subscriptions/${subscriptions.ending}/`)).body).toMatchObject({
      status: "expired",
    });
    expect(await startsOf(customers.ending)).toEqual(["2031-01-31", "2031-02-28"]);
  });

  it("invoice numbers have no gaps, no period is billed twice, and no event fails", async () => {
    expect(await today()).toBe("2031-05-01");
    const { rows } = await system.db("invoicing").raw(
      `SELECT count(*) AS invoices, max(sequence) AS last,
                count(DISTINCT (subscription_id, period_start)) AS periods
         FROM invoices`,
    );
    const [{ invoices, last, periods }] = rows as [{ invoices: number; last: number; periods: number }];
    expect(last).toBe(invoices);
    expect(periods).toBe(invoices);
    for (const name of [
      "identity",
      "catalog",
      "subscriptions",
      "invoicing",
      "payments",
      "notifications",
      "cron",
    ] as const) {
      expect(await system.call(`${name}.listDeadLetters`, {})).toEqual([]);
    }
  });
});
