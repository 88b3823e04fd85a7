import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "a long enough secret";
const NAMES = ["=cmd|' /C calc'!A0", 'Quote "and", comma', "Two words", "Zoë", "last"];

let system: System;
let staff: RestClient;
let token: string;
let today: string;

beforeAll(async () => {
  const env = {
    TEST_CLOCK: "true",
    STAFF_USERNAME: "root",
    STAFF_EMAIL: "root@example.com",
    STAFF_PASSWORD: PASSWORD,
  };
  system = await startSystem({ env });
  const anyone = new RestClient(gatewayUrl(system.broker));
  const login = await anyone.post("/api/token/", { username: "root", password: PASSWORD });
  token = (login.body as { access: string }).access;
  staff = new RestClient(gatewayUrl(system.broker), token);
  await staff.post("/api/plans/", { name: "Daily", price: 199, interval: "day" });
  await staff.post("/api/plans/", { name: "Extra", price: 5, interval: "day", product: "extra" });
  for (const [n, name] of NAMES.entries()) {
    const metadata = { team: n % 2 === 0 ? "red" : "blue", "a=b": "c=d" };
    await staff.put(`/api/customers/by-external-id/c${n}/`, { name, metadata });
    await system.drain();
    const order = { plan: n < 3 ? "Daily" : "Extra", customer: `external_id:c${n}`, metadata };
    expect((await staff.post("/api/subscriptions/", order)).status).toBe(201);
  }
  await system.drain();
  ({ today } = await system.call("cron.getClock", {}));
  await staff.post("/api/test-clock/", { advance: "P1D" });
}, 60_000);
afterAll(() => system.stop());

const get = async (path: string) => {
  const { status, body } = await staff.get(path);
  expect(status).toBe(200);
  return body as Record<string, unknown>[];
};
const url = (path: string) => `${gatewayUrl(system.broker)}${path}`;
async function csv(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url(path), { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { headers: answer.headers, lines: (await answer.text()).split("\r\n").slice(0, -1) };
}
const namesOf = (found: Record<string, unknown>[]) => found.map(({ name }) => name);

describe("filters", () => {
  test("customers: by metadata, also with = in key and value, by day, in both orders", async () => {
    const known = (list: Record<string, unknown>[]) =>
      namesOf(list).filter((name) => NAMES.includes(String(name)));
    expect(known(await get("/api/customers/?order=oldest"))).toEqual(NAMES);
    expect(known(await get("/api/customers/"))).toEqual([...NAMES].reverse());
    expect(namesOf(await get("/api/customers/?metadata=team%3Dblue&order=oldest"))).toEqual([
      NAMES[1],
      NAMES[3],
    ]);
    expect(await get("/api/customers/?metadata=a%3Db%3Dc%3Dd")).toEqual([]);
    expect(await get("/api/customers/?created_to=2000-01-01")).toEqual([]);
    const wall = new Date().toISOString().slice(0, 10);
    expect(known(await get(`/api/customers/?created_from=${wall}&created_to=${wall}`))).toHaveLength(5);
  });

  test("subscriptions: by product, plan, customer's external id, day and metadata", async () => {
    expect(await get("/api/subscriptions/?product=extra")).toHaveLength(2);
    const [{ plan } = {}] = await get("/api/subscriptions/?customer=external_id%3Ac0");
    expect(await get(`/api/subscriptions/?plan=${String(plan)}`)).toHaveLength(3);
    expect(await get(`/api/subscriptions/?created_from=${today}&created_to=${today}`)).toHaveLength(5);
    expect(await get("/api/subscriptions/?created_to=2000-01-01")).toEqual([]);
    expect(await get("/api/subscriptions/?metadata=team%3Dred")).toHaveLength(3);
  });

  test("invoices: by number, plan, issue date and metadata, in both orders, page by page", async () => {
    const all = await get("/api/invoices/?order=oldest");
    expect(all).toHaveLength(10);
    expect(all.map(({ number }) => number)).toEqual(
      Array.from({ length: 10 }, (_, n) => `INV-${String(n + 1).padStart(8, "0")}`),
    );
    expect(await get("/api/invoices/?number=INV-00000003")).toEqual([all[2]]);
    expect(await get("/api/invoices/?number=nonsense")).toEqual([]);
    expect(await get(`/api/invoices/?issued_to=${today}`)).toHaveLength(5);
    expect(await get(`/api/invoices/?issued_from=${today}&metadata=team%3Dblue`)).toHaveLength(4);
    expect(await get(`/api/invoices/?plan=${String(all[0]?.["plan"])}`)).toHaveLength(6);
    const pages: unknown[] = [];
    for (let next: string | undefined = "/api/invoices/?order=oldest&limit=4"; next !== undefined;) {
      const { headers, body } = await staff.get(next);
      pages.push(...(body as unknown[]));
      next = /<([^>]+)>/.exec(headers.get("link") ?? "")?.[1];
    }
    expect(pages).toEqual(all);
  });

  test.each([
    ["/api/invoices/?order=up", "order"],
    ["/api/invoices/?metadata=team", "metadata"],
    ["/api/invoices/?issued_from=2026-02-30", "issued_from"],
    ["/api/subscriptions/?plan=pro", "plan"],
    ["/api/customers/?created_to=soon", "created_to"],
    ["/api/customers/?format=xml", "format"],
  ])("%s is refused by name", async (path, field) => {
    expect(await staff.get(path)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});

describe("CSV", () => {
  test("has all pages in one file, with a header, for format=csv and for Accept", async () => {
    const asked = await csv("/api/invoices/?format=csv&order=oldest");
    expect(asked.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(asked.headers.get("content-disposition")).toBe('attachment; filename="invoices.csv"');
    const [head, first] = asked.lines;
    expect(head).toMatch(/^number,status,customer,amount,currency,/);
    expect(first).toMatch(/^INV-00000001,\w+,[0-9a-f-]{36},199\.00,usd,199\.00,/);
    expect(asked.lines).toHaveLength(11);
    const accepted = await csv("/api/invoices/?order=oldest", { accept: "text/csv" });
    expect(accepted.lines).toEqual(asked.lines);
    expect((await csv("/api/subscriptions/?format=csv")).lines).toHaveLength(6);
  });

  test("is safe in a spreadsheet, whatever a customer's name is", async () => {
    const { lines } = await csv("/api/customers/?format=csv&order=oldest&metadata=team%3Dred");
    const at = (lines[0] ?? "").split(",").indexOf("name");
    expect(lines[1]?.split(",")[at]).toBe("'=cmd|' /C calc'!A0");
    for (const name of ["-1+1", "+1", "@SUM(A1)"]) {
      await staff.put("/api/customers/by-external-id/formula/", { name });
      const { lines: rows } = await csv("/api/customers/?format=csv&external_id=formula");
      expect(rows[1]?.split(",")[at]).toBe(`'${name}`);
    }
    const { lines: blue } = await csv("/api/customers/?format=csv&order=oldest&metadata=team%3Dblue");
    expect(blue[1]).toContain(',"Quote ""and"", comma",');
    expect(blue[1]).toContain('"{""a=b"":""c=d"",""team"":""blue""}"');
  });

  test("of more rows than a page has is whole; a stranger gets the own rows only", async () => {
    await system.db("identity").raw(
      `INSERT INTO customers (name, locale, tax_status, metadata)
       SELECT 'many ' || n, 'en', 'standard', '{}' FROM generate_series(1, 2500) AS n`,
    );
    const { lines } = await csv("/api/customers/?format=csv");
    expect(lines.filter((line) => line.includes("many "))).toHaveLength(2500);
    const anyone = new RestClient(gatewayUrl(system.broker));
    await anyone.post("/api/users/", { username: "eve", email: "eve@example.com", password: PASSWORD });
    const login = await anyone.post("/api/token/", { username: "eve", password: PASSWORD });
    const authorization = `Bearer ${(login.body as { access: string }).access}`;
    expect((await csv("/api/customers/?format=csv", { authorization })).lines).toHaveLength(2);
    expect((await csv("/api/invoices/?format=csv", { authorization })).lines).toHaveLength(1);
  });
});
