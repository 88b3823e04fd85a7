import { once } from "node:events";
import { connect } from "node:net";
import { BillingError } from "../../shared/errors";
import { startSystem, type System } from "../support/system";
import { client, fieldsOf } from "./client";
import { basicPlan } from "../support/plans";
import { FakeServices } from "./fake-services";

let system: System;
let services: FakeServices;
const http = client(() => services.url);
let token: string;

beforeAll(async () => {
  system = await startSystem({ services: ["gateway"], databaseUrl: process.env.TEST_DATABASE_URL ?? "" });
  services = new FakeServices(system.broker);
  token = services.token();
});
beforeEach(() => {
  services.clear();
  services.on("payments.receiveWebhook", () => ({ received: true }));
});
afterAll(() => system.stop());

const id = "0198c0de-0000-7000-8000-000000000001";
const plan = basicPlan(id);

const SIGNED = { "stripe-signature": "t=1,v1=ab" };
const JSON_TYPE = { "content-type": "application/json" };

function bytes(...parts: (string | number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
}

/** Bytes that are not UTF-8. */
const BROKEN: [name: string, bytes: number[]][] = [
  ["Latin-1", [0xfc]],
  ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
  ["a character in more bytes than it needs", [0xc0, 0xaf]],
  ["a character that ends too early", [0xe2, 0x82]],
  ["UTF-16", [0xff, 0xfe, 0x41, 0x00]],
];

/** Sends bytes to the gateway's port. @returns what comes back until the connection closes */
async function raw(text: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(services.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

const login = (password: string | number[]) =>
  fetch(`${services.url}/api/token/`, {
    method: "POST",
    headers: JSON_TYPE,
    body: bytes('{"username":"ada","password":"', password, '"}'),
  });

describe("text that is not UTF-8", () => {
  beforeEach(() => services.on("identity.login", () => ({ access: "a", refresh: "r", device: "d" })));

  test.each(BROKEN)("%s is refused in a JSON body", async (_name, broken) => {
    const answer = await login(broken);
    expect(answer.status).toBe(400);
    expect(fieldsOf(await answer.json())).toEqual(["body"]);
    expect(services.calls).toEqual([]);
  });

  test.each(BROKEN)(
    "%s is refused in a webhook, before anyone checks its signature",
    async (_name, broken) => {
      const url = `${services.url}/api/stripe/webhook/`;
      const body = bytes('{"id":"evt_', broken, '"}');
      expect(await fetch(url, { method: "POST", headers: SIGNED, body })).toMatchObject({ status: 400 });
      expect(services.calls).toEqual([]);
    },
  );

  test.each(
    BROKEN.map(([name, broken]) => [
      name,
      broken.map((each) => `%${each.toString(16).padStart(2, "0")}`).join(""),
    ]),
  )("%s is refused in an address", async (_name, broken) => {
    const type = "request.invalid_address";
    for (const path of [`/api/plans/?cursor=${broken}`, `/api/plans/${broken}/`, `/api/pay/?x=${broken}`])
      expect(await http.get(path, { token })).toMatchObject({ status: 400, body: { type } });
    expect(services.calls).toEqual([]);
  });

  test.each([["%"], ["%zz"], ["%u20ac"]])("%s is refused in an address", async (broken) => {
    for (const path of [`/api/plans/?cursor=${broken}`, `/api/plans/${broken}`, `/api/${broken}`])
      expect(await http.get(path, { token })).toMatchObject({ status: 400 });
  });

  test("what is UTF-8 arrives as it was sent, also the longest characters", async () => {
    const password = "Grüße-aus-Köln 😀 \u0800\uffff";
    expect(await login(password)).toMatchObject({ status: 200 });
    expect(services.calls).toMatchObject([{ params: { password } }]);
    expect(await http.get(`/api/plans/?colour=${encodeURIComponent(password)}`, { token })).toMatchObject({
      body: { type: "request.invalid" },
    });
  });

  test.each([
    ['{"username": "\\ud800"}', "username"],
    ['{"username": "\\udc00\\ud800"}', "username"],
    ['{"\\udfff": 1}', "body"],
    ['{"a": {"b": ["ok", "x\\uD83D"]}}', "a.b.1"],
    ['["\\ud800"]', "0"],
  ])("half of a surrogate pair is refused where JSON writes it: %s", async (body, field) => {
    const answer = await http.post("/api/token/", { body });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body)).toEqual([field]);
    expect(services.calls).toEqual([]);
  });

  test("a whole pair is a character", async () => {
    const body = '{"username": "ada", "password": "\\ud83d\\ude00"}';
    expect(await http.post("/api/token/", { body })).toMatchObject({ status: 200 });
    expect(services.calls).toMatchObject([{ params: { password: "😀" } }]);
  });

  test("JSON that is nested deeper than the stack is an error of the caller", async () => {
    const body = `${"[".repeat(32_000)}${"]".repeat(32_000)}`;
    expect(await http.post("/api/token/", { body })).toMatchObject({ status: 400 });
  });

  test.each([
    ["application/json; charset=iso-8859-1"],
    ["application/json;charset=UTF-16"],
    ['application/json; Charset="windows-1252"'],
    ["application/json; charset=utf-8; charset=latin1"],
    ["application/json; charset="],
  ])("the charset of %s is refused", async (type) => {
    const headers = { "content-type": type };
    const type415 = "request.unsupported_charset";
    for (const path of ["/api/token/", "/api/stripe/webhook/"]) {
      const answer = await http.post(path, { body: "{}", headers: { ...SIGNED, ...headers } });
      expect(answer).toMatchObject({ status: 415, body: { type: type415 } });
    }
  });

  test.each([
    ["application/json; charset=UTF-8"],
    ['application/json; charset="utf-8"'],
    ["application/json;x=y"],
  ])("%s is UTF-8", async (type) => {
    const answer = await http.post("/api/token/", { body: "{}", headers: { "content-type": type } });
    expect(answer).toMatchObject({ status: 400, body: { type: "request.invalid" } });
  });

  test.each([
    ["authorization", "Bearer \u00fc"],
    ["stripe-signature", "t=1,v1=\u00e9"],
    ["accept", "text/\u00e9"],
  ])("the header %s has ASCII characters only", async (name, value) => {
    const answer = await http.post("/api/stripe/webhook/", {
      body: "{}",
      headers: { ...SIGNED, [name]: value },
    });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body)).toEqual([name]);
    expect(services.calls).toEqual([]);
  });

  test("bytes above ASCII in the request line are refused", async () => {
    const answer = await raw(
      Buffer.from("GET /api/plans/?cursor=\u00e9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "latin1"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("addresses that name another host", () => {
  beforeEach(() => services.on("catalog.listPlans", () => ({ items: [plan], next: "abc" })));
  const get = (target: string, hosts: string[]) =>
    raw(
      [
        `GET ${target} HTTP/1.1`,
        ...hosts.map((host) => `Host: ${host}`),
        `Authorization: Bearer ${token}`,
        "Connection: close\r\n\r\n",
      ].join("\r\n"),
    );

  test.each([
    ["http://evil.example/api/plans/"],
    ["https://evil.example/plans"],
    ["evil.example:443"],
    ["*"],
  ])("the request target %s is refused", async (target) => {
    expect(await get(target, ["a.example"])).toMatch(/^HTTP\/1\.1 400 /);
    expect(services.calls).toEqual([]);
  });

  test.each([[["a.example", "evil.example"]], [["a.example", "a.example"]], [[]]])(
    "the Host headers %j are refused",
    async (hosts) => {
      expect(await get("/api/plans/", hosts)).toMatch(/^HTTP\/1\.1 400 /);
      expect(services.calls).toEqual([]);
    },
  );

  test("no answer repeats the Host header", async () => {
    services.on("payments.getPageSettings", () => ({
      publishable_key: "pk_test_1",
      stripe_js_url: "http://127.0.0.1:4242/stripe.js",
      sandbox: true,
    }));
    const answer = await get("/api/plans/?limit=1", ["evil.example"]);
    expect(answer).toContain('link: </api/plans/?limit=1&cursor=abc>; rel="next"');
    for (const path of ["/api/", "/api/docs", "/api/openapi.json", "/api/pay/", "//evil.example/plans"])
      expect(await get(path, ["evil.example"])).not.toContain("evil.example");
    expect(answer).not.toContain("evil.example");
  });
});

describe("too much", () => {
  test("of unknown fields: twenty are named", async () => {
    const unknown = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [index.toString(36), 1]));
    const { status, text, body } = await http.post("/api/token/", { body: unknown });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toHaveLength(21);
    expect(text).toContain("more fields that are wrong");
    expect(text.length).toBeLessThan(4_000);
  });

  test("of wrong values: twenty are named", async () => {
    const staff = services.token({ staff: true });
    const max_total = Object.fromEntries(
      Array.from({ length: 6_000 }, (_, index) => [index.toString(36), "1"]),
    );
    const body = { kind: "generate_invoices", max_total };
    const { status, text } = await http.post("/api/billing-runs/", { token: staff, body });
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(4_000);
  });

  test("in one name: its beginning is shown", async () => {
    const { status, text } = await http.post("/api/token/", { body: { ["x".repeat(60_000)]: 1 } });
    expect(status).toBe(400);
    expect(text.length).toBeLessThan(1_000);
  });

  test("of a webhook that grows on its way, signed or not, in one process or over NATS", async () => {
    const quotes = (count: number) => '"'.repeat(count);
    const post = (body: string) => http.post("/api/stripe/webhook/", { body, headers: SIGNED });
    const type = "request.too_large";
    expect(await post(quotes(500_001))).toMatchObject({ status: 413, body: { type } });
    expect(await post("\u0001".repeat(200_000))).toMatchObject({ status: 413, body: { type } });
    expect(services.calls).toEqual([]);
    expect(await post(quotes(499_000))).toMatchObject({ status: 200 });
  });
});

describe("slow requests", () => {
  const took = async (text: string) => {
    const began_ms = performance.now();
    const answer = await raw(text);
    return { answer, ms: performance.now() - began_ms };
  };
  const post = (length: number, body: string) =>
    ["POST /api/token/ HTTP/1.1", "Host: a", `Content-Length: ${length}`, "", body].join("\r\n");

  test("are cut off within 15 seconds: no headers, half of the headers, half of the body", async () => {
    const slow = await Promise.all([
      took(""),
      took("GET /api/plans/ HTTP/1.1\r\nHost: a\r\nX-Slow: "),
      took(post(100, '{"username"')),
      took(post(1_000_000, '{"username"').replace("/api/token/", "/api/nothing-here/")),
    ]);
    for (const { ms } of slow) expect(ms).toBeLessThan(15_500);
    expect(slow.map(({ answer }) => answer.slice(0, 12))).toEqual([
      "HTTP/1.1 408",
      "HTTP/1.1 408",
      "HTTP/1.1 408",
      "HTTP/1.1 404",
    ]);
  });
});

describe("a database that is busy", () => {
  test("is a 503 with Retry-After", async () => {
    services.on("catalog.listPlans", () => {
      throw new BillingError(503, "database.unavailable", "no");
    });
    const { status, headers } = await http.get("/api/plans/", { token });
    expect([status, headers.get("retry-after")]).toEqual([503, "2"]);
  });
});
