import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "a long enough secret";
const SEATS = { item: "seats", description: "Seats", per_unit: true, price: "11.11" };
const SUPPORT = { item: "support", description: "Support", per_unit: false, price: "5.00" };

let system: System;
let staff: RestClient;
let names = 0;

interface Line {
  item: string;
  description: string;
  quantity: number;
  unit_amount: string;
  amount: string;
}
interface Invoice {
  id: string;
  amount: string;
  due: string;
  lines: Line[];
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
}, 60_000);
afterAll(() => system.stop());

async function moveTo(now: string): Promise<void> {
  expect((await staff.post("/api/test-clock/", { now })).status).toBe(200);
  await system.drain();
}

async function plan(fields: Record<string, unknown> = {}): Promise<{ id: string; name: string }> {
  const body = { name: `Plan ${++names}`, price: "33.33", components: [SEATS, SUPPORT], ...fields };
  const { status, body: created } = await staff.post("/api/plans/", body);
  expect(status).toBe(201);
  return created;
}

async function subscribe(of: string, fields: Record<string, unknown> = {}) {
  const customer = `external_id:c${++names}`;
  await staff.put(`/api/customers/by-external-id/c${names}/`, { name: "Ada Ltd" });
  await system.drain();
  const answer = await staff.post("/api/subscriptions/", { plan: of, customer, ...fields });
  await system.drain();
  return answer as { status: number; body: { id: string; items: object[] } };
}

async function invoicesOf(subscription: string): Promise<Invoice[]> {
  const { body } = await staff.get(`/api/invoices/?subscription=${subscription}&order=oldest`);
  return Promise.all(
    (body as Invoice[]).map(async ({ id }) => (await staff.get(`/api/invoices/${id}/`)).body as Invoice),
  );
}

const seats = (quantity: unknown) => ({ items: [{ item: "seats", quantity }] });

describe("a subscription to a plan with components", () => {
  test("is billed with a line for each, seats times their price", async () => {
    const { id, name } = await plan();
    const { status, body } = await subscribe(id, seats(3));
    expect([status, body.items]).toEqual([
      201,
      [
        { item: "base", quantity: 1 },
        { item: "seats", quantity: 3 },
        { item: "support", quantity: 1 },
      ],
    ]);
    expect((await staff.get(`/api/subscriptions/${body.id}/`)).body).toMatchObject({ items: body.items });
    const [invoice] = await invoicesOf(body.id);
    const days = "1 January 2031 to 31 January 2031";
    expect(invoice).toMatchObject({
      amount: "71.66",
      subtotal: "71.66",
      due: "71.66",
      lines: [
        { item: "base", description: `${name}, ${days}`, quantity: 1, unit_amount: "33.33", amount: "33.33" },
        { item: "seats", description: `Seats, ${days}`, quantity: 3, unit_amount: "11.11", amount: "33.33" },
        { item: "support", description: `Support, ${days}`, quantity: 1, amount: "5.00" },
      ],
    });
    const { body: explained } = await staff.get(`/api/invoices/${invoice?.id}/explain/`);
    expect(explained).toMatchObject({
      because: expect.arrayContaining([
        expect.stringContaining(
          `${name} 33.33 (in force since the plan was created) + Seats 3 × 11.11 = 33.33`,
        ),
      ]),
      prices: [{ item: "base" }, { item: "seats", amount: "11.11" }, { item: "support", amount: "5.00" }],
    });
  });

  test("has one of each where none is chosen, and quantity 0 bills nothing", async () => {
    const { id } = await plan({ price: "0.00" });
    const one = await subscribe(id);
    expect((await invoicesOf(one.body.id))[0]?.lines.map(({ item, quantity }) => [item, quantity])).toEqual([
      ["seats", 1],
      ["support", 1],
    ]);
    const none = await subscribe(id, seats(0));
    expect((await invoicesOf(none.body.id))[0]).toMatchObject({
      amount: "5.00",
      lines: [{ item: "support" }],
    });
    const seatsOnly = await plan({ price: "0.00", components: [SEATS] });
    const nothing = await subscribe(seatsOnly.id, seats(0));
    const [free] = await invoicesOf(nothing.body.id);
    expect(free).toMatchObject({ amount: "0.00", status: "paid", lines: [{ item: "base", amount: "0.00" }] });
  });

  test("pays a component's new price from the next period on, and the preview knows", async () => {
    const { id } = await plan();
    const { body } = await subscribe(id, seats(2));
    await moveTo("2031-01-20T10:00:00Z");
    const components = [{ ...SEATS, price: "20.00" }, SUPPORT];
    expect((await staff.patch(`/api/plans/${id}/`, { components })).status).toBe(200);
    await system.drain();
    const { items } = await system.call("invoicing.previewBilling", { as_of: "2031-02-01", limit: 1000 });
    expect(items.find(({ subscription }) => subscription === body.id)).toMatchObject({ amount_minor: 7_833 });
    await moveTo("2031-02-01T10:00:00Z");
    expect((await invoicesOf(body.id)).map(({ amount }) => amount)).toEqual(["60.55", "78.33"]);
  });

  test("keeps books that the audit finds clean, and a lost item is found", async () => {
    const { id } = await plan();
    const { body } = await subscribe(id, seats(4));
    const audit = async () => {
      const { checks } = await system.call("invoicing.auditBooks", {});
      return checks.filter(({ findings }) => findings > 0).map(({ check, ids }) => [check, ids]);
    };
    expect(await audit()).toEqual([]);
    await system.db("invoicing")("items").where({ subscription_id: body.id, item: "seats" }).delete();
    expect(await audit()).toEqual([
      ["lines_bill_items", [(await invoicesOf(body.id))[0]?.id]],
      ["billed_as_subscribed", [body.id]],
    ]);
  });
});

describe("refused, with the field named", () => {
  test.each([
    ["a quantity below 0", seats(-1), "items.0.quantity"],
    ["a quantity above a million", seats(1_000_000_000), "items.0.quantity"],
    ["a fraction", seats(1.5), "items.0.quantity"],
    ["a text", seats("3"), "items.0.quantity"],
    ["an unknown item", { items: [{ item: "ships", quantity: 1 }] }, "items"],
    ["the plan's own price", { items: [{ item: "base", quantity: 2 }] }, "items"],
    ["a flat component", { items: [{ item: "support", quantity: 2 }] }, "items"],
    ["an item twice", { items: [...seats(1).items, ...seats(2).items] }, "items"],
    ["more than one payment can be", seats(100_000), "items"],
  ])("subscribing with %s", async (_, fields, field) => {
    const { id } = await plan();
    const answer = await subscribe(id, fields);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    const { body } = await staff.get(`/api/subscriptions/?plan=${id}`);
    expect(body).toEqual([]);
  });

  test("seats of a plan without components", async () => {
    const { id } = await plan({ components: [] });
    expect(await subscribe(id, seats(1))).toMatchObject({
      status: 400,
      body: { errors: [{ field: "items" }] },
    });
  });

  test.each([
    ["a component in another currency", [{ ...SEATS, currency: "eur" }], "components.0.currency"],
    ["a negative price", [{ ...SEATS, price: "-1" }], "components.0.price"],
    ["a price with too many decimals", [SUPPORT, { ...SEATS, price: "1.234" }], "components.1.price"],
    ["the item base", [{ ...SEATS, item: "base" }], "components.0.item"],
    ["an item twice", [SEATS, SEATS], "components"],
    ["no description", [{ ...SEATS, description: "" }], "components.0.description"],
  ])("a plan with %s", async (_, components, field) => {
    const answer = await staff.post("/api/plans/", { name: `Plan ${++names}`, price: "1.00", components });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});
