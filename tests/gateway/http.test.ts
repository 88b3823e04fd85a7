import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { Errors } from "moleculer";
import { BillingError } from "../../shared/errors";
import { eventually, startSystem, type System } from "../support/system";
import { client, fieldsOf } from "./client";
import { basicPlan } from "../support/plans";
import { FakeServices } from "./fake-services";

let system: System;
let services: FakeServices;
const http = client(() => services.url);
let token: string;
let staff: string;
const logged: Record<string, unknown>[] = [];
const log = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };

beforeAll(async () => {
  system = await startSystem({
    services: ["gateway"],
    broker: {
      logLevel: "info",
      logger: { type: "Pino", options: { level: "info", pino: { destination: log } } },
    },
  });
  services = new FakeServices(system.broker);
  token = services.token();
  staff = services.token({ staff: true });
});
beforeEach(() => {
  services.clear();
  logged.length = 0;
  services.on("catalog.listPlans", () => ({ items: [], next: null }));
  services.on("identity.register", () => {
    throw new Error("not to be reached");
  });
});
afterAll(() => system.stop());

const id = randomUUID();
const plan = basicPlan(id);

describe("addresses", () => {
  test.each([["/api/plans"], ["/api/plans/"], ["/plans"], ["/plans/"]])("%s are the plans", async (path) => {
    expect(await http.get(path, { token })).toMatchObject({ status: 200, body: [] });
  });

  test.each([["/subscriptions"], ["/invoices/"]])(
    "%s is there without the prefix, with all below it",
    async (path) => {
      services.on("subscriptions.listSubscriptions", () => ({ items: [], next: null }));
      services.on("invoicing.listInvoices", () => ({ items: [], next: null }));
      expect(await http.get(path, { token })).toMatchObject({ status: 200, body: [] });
      expect(await http.get(`${path.replace(/\/$/, "")}/42/`, { token })).toMatchObject({ status: 404 });
      expect(await http.get(`${path.replace(/\/$/, "")}/42/`)).toMatchObject({ status: 401 });
    },
  );

  test.each([
    ["/users"],
    ["/billing-runs"],
    ["/api/unknown"],
    ["/api/plans/a/b"],
    ["/api/plans/%00"],
    ["//api/plans"],
  ])("%s is a 404", async (path) => {
    const { status, body, headers } = await http.get(path, { token });
    expect(status).toBe(404);
    expect(body).toMatchObject({ title: "Not Found", status: 404 });
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
  });

  test("another method is a 405, and Allow names the methods that the address has", async () => {
    const { status, headers, body } = await http.delete("/api/plans/", { token });
    expect(status).toBe(405);
    expect(headers.get("allow")).toBe("HEAD, GET, POST");
    expect(body).toMatchObject({ type: "request.method_not_allowed" });
    const options = await http.send("OPTIONS", "/api/plans/");
    expect(options).toMatchObject({ status: 204 });
    expect(options.headers.get("allow")).toBe("HEAD, GET, POST");
  });

  test("HEAD is GET without the body", async () => {
    const { status, text } = await http.send("HEAD", "/api/plans/", { token });
    expect({ status, text }).toEqual({ status: 200, text: "" });
  });
});

describe("bodies", () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    http.post("/api/users/", { body, headers });

  test.each([["{"], ["{'a': 1}"], ["nonsense"], ['{"a": 1}}']])(
    "broken JSON is refused: %s",
    async (body) => {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { detail: "body: is not valid JSON" } });
      expect(fieldsOf(answer.body)).toEqual(["body"]);
    },
  );

  test.each([["[]"], ['"text"'], ["42"], ["null"]])(
    "JSON that is not an object is refused: %s",
    async (body) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(fieldsOf(answer.body)).toEqual(["body"]);
    },
  );

  test.each([
    [{ username: 7 }, "username", "must be a string"],
    [{ email: "ada" }, "email", "must be an email address"],
    [{ password: "short" }, "password", "must be at least 8 characters long"],
    [{ password: "x".repeat(129) }, "password", "must be at most 128 characters long"],
  ])("%j: the message says what the field must be", async (fields, field, message) => {
    const { status, body } = await post(JSON.stringify(fields));
    expect(status).toBe(400);
    expect((body as { errors: object[] }).errors).toContainEqual({ field, message });
  });

  test("without a body, each required field is named", async () => {
    const { status, body } = await http.send("POST", "/api/users/");
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: ["username", "email", "password"].map((field) => ({ field, message: "is required" })),
    });
  });

  test.each([
    ["application/x-www-form-urlencoded"],
    ["text/plain"],
    ["multipart/form-data; boundary=x"],
    ["application/xml"],
    ["application/jsonp"],
  ])("the content type %s is refused", async (type) => {
    expect(await post('{"username": "a"}', { "content-type": type })).toMatchObject({ status: 415 });
  });

  test.each([
    ["application/json"],
    ["application/json; charset=utf-8"],
    ["APPLICATION/JSON"],
    ["application/merge-patch+json"],
  ])("the content type %s is accepted", async (type) => {
    expect(await post("{}", { "content-type": type })).toMatchObject({
      status: 400,
      body: { type: "request.invalid" },
    });
  });

  test.each([["gzip"], ["GZIP"], ["identity, gzip"], ["br"]])("a body in %s is refused", async (encoding) => {
    expect(await post("{}", { "content-encoding": encoding })).toMatchObject({ status: 415 });
  });

  test.each([["identity"], ["Identity"], ["identity,identity"], [""]])(
    "Content-Encoding %j means a body as it is",
    async (encoding) => {
      expect(await post("{}", { "content-encoding": encoding })).toMatchObject({ status: 400 });
    },
  );

  test("a body may have 64 KB, with or without Content-Length", async () => {
    const sized = (bytes: number) => `{"username": "${"a".repeat(bytes - 16)}"}`;
    expect(await post(sized(65_536))).toMatchObject({ status: 400 });
    expect(await post(sized(65_537))).toMatchObject({ status: 413, body: { type: "request.too_large" } });
    expect(await post(sized(3_000_000))).toMatchObject({ status: 413 });
    const chunked = await fetch(`${services.url}/api/users/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Blob([sized(200_000)]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  test("fields such as __proto__ are unknown fields", async () => {
    const { status, body } = await post('{"__proto__": {"is_staff": true}, "constructor": 1}');
    expect(status).toBe(400);
    expect(fieldsOf(body)).toContain("constructor");
    expect(services.calls).toEqual([]);
  });

  test("a route without fields refuses every field", async () => {
    const answer = await http.post(`/api/subscriptions/${id}/unsubscribe/`, { token, body: { force: true } });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body)).toEqual(["force"]);
  });

  test("a client that disconnects in the middle of a body does no harm", async () => {
    const { hostname, port } = new URL(services.url);
    const socket = connect(Number(port), hostname);
    const half = "POST /api/users/ HTTP/1.1\r\nHost: x\r\nX-Request-Id: half\r\nContent-Length: 100\r\n\r\n{";
    socket.write(half, () => socket.destroy());
    const line = await eventually(() => logged.find(({ request_id }) => request_id === "half"));
    expect(line).toMatchObject({ msg: "request", status: 400 });
    expect(await http.get("/health")).toMatchObject({ status: 200 });
  });
});

describe("queries", () => {
  test.each([
    ["/api/plans/?colour=red", ["colour"]],
    ["/api/plans/?limit=0", ["limit"]],
    ["/api/plans/?limit=201", ["limit"]],
    ["/api/plans/?limit=1e2", ["limit"]],
    ["/api/plans/?limit=", ["limit"]],
    ["/api/plans/?limit=1&limit=2", ["limit"]],
    ["/api/plans/?archived=yes", ["archived"]],
    ["/api/plans/?status=active&customer=1", ["status", "customer"]],
    ["/api/subscriptions/?status=paused", ["status"]],
    ["/api/subscriptions/?customer=1", ["customer"]],
    ["/api/invoices/?status=void", ["status"]],
    ["/api/invoices/?subscription=1", ["subscription"]],
    ["/api/users/?is_staff=true", ["is_staff"]],
    ["/api/billing-runs/?kind=x", ["kind"]],
    [`/api/plans/${id}/?x=1`, ["x"]],
    [`/api/plans/?cursor=${"x".repeat(501)}`, ["cursor"]],
  ])("%s is refused by name", async (path, fields) => {
    const { status, body } = await http.get(path, { token: staff });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual(fields);
    expect(services.calls).toEqual([]);
  });

  test("a wrong cursor is refused by name", async () => {
    services.on("catalog.listPlans", () => {
      throw new BillingError(400, "request.invalid", "cursor: is not a cursor of this list", [
        { field: "cursor", message: "is not a cursor of this list" },
      ]);
    });
    const { status, body } = await http.get("/api/plans/?cursor=abc", { token });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual(["cursor"]);
  });

  test("the Link header has the address of the next page, with all filters", async () => {
    services.on("catalog.listPlans", ({ limit, cursor }) => ({
      items: [{ ...plan, name: `${limit} after ${cursor ?? "the start"}` }],
      next: cursor === undefined ? "a+b/c=" : null,
    }));
    const first = await http.get("/plans?limit=2&archived=true", { token: staff });
    expect(first.body).toMatchObject([{ name: "2 after the start" }]);
    const [, next = ""] = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
    expect(next).toBe("/plans?limit=2&archived=true&cursor=a%2Bb%2Fc%3D");
    const second = await http.get(next, { token: staff });
    expect(second.body).toMatchObject([{ name: "2 after a+b/c=" }]);
    expect(second.headers.get("link")).toBeNull();
    expect(services.callsOf("catalog.listPlans")).toMatchObject([
      { params: { archived: true } },
      { params: { archived: true } },
    ]);
  });
});

describe("errors", () => {
  const fail = (error: unknown) => {
    services.on("catalog.listPlans", () => {
      throw error;
    });
    return http.get("/api/plans/", { token });
  };

  test.each([
    ["a service that nobody runs", () => new Errors.ServiceNotFoundError({ action: "catalog.listPlans" })],
    [
      "a service that is starting",
      () => new Errors.ServiceNotAvailableError({ action: "catalog.listPlans" }),
    ],
    ["no answer in time", () => new Errors.RequestTimeoutError({ action: "catalog.listPlans", nodeID: "n" })],
    ["no time left", () => new Errors.RequestSkippedError({ action: "catalog.listPlans", nodeID: "n" })],
    ["a node that died", () => new Errors.RequestRejectedError({ action: "catalog.listPlans", nodeID: "n" })],
    ["a broker that is away", () => new Errors.MoleculerRetryableError("disconnected", 502, "BAD_GATEWAY")],
    [
      "a database that is away",
      () => new BillingError(503, "database.unavailable", "database at 10.0.0.1 is away"),
    ],
  ])("%s is a 503 with Retry-After", async (_name, error) => {
    const { status, headers, body } = await fail(error());
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("2");
    expect(body).toMatchObject({ type: "service.unavailable", title: "Service Unavailable" });
    expect(JSON.stringify(body)).not.toMatch(/catalog|10\.0\.0\.1|database/);
  });

  test("a service that is busy names its own Retry-After", async () => {
    const busy = new BillingError(503, "identity.busy", "Too many logins wait.");
    const { status, headers } = await fail(Object.assign(busy, { data: { retry_after_s: 6.5 } }));
    expect([status, headers.get("retry-after")]).toEqual([503, "7"]);
  });

  test.each([
    ["an error of the code", () => new TypeError("secret: cannot read hunter2")],
    [
      "an error of a library that looks like the caller's",
      () => new Errors.ValidationError("secret hunter2", "VALIDATION", {}),
    ],
    ["a 5xx of a service", () => new BillingError(500, "invoice.broken", "secret hunter2")],
    ["something that is no error", () => "secret hunter2"],
  ])("%s is a 500 that shows only the request id", async (_name, error) => {
    const { status, body, headers } = await fail(error());
    expect(status).toBe(500);
    const requestId = headers.get("x-request-id");
    expect(body).toMatchObject({
      type: "server.error",
      title: "Internal Server Error",
      request_id: requestId,
    });
    expect(JSON.stringify(body)).not.toMatch(/hunter2|broken/);
    expect(JSON.stringify(logged)).toContain(requestId);
  });

  test("an error of a service keeps its status, type, text and fields", async () => {
    const error = new BillingError(409, "invoice.already_paid", "Paid.", [
      { field: "invoice_id", message: "is paid" },
    ]);
    const { status, body, headers } = await fail(error);
    expect(status).toBe(409);
    expect(body).toEqual({
      type: "invoice.already_paid",
      title: "Conflict",
      status: 409,
      detail: "Paid.",
      errors: [{ field: "invoice_id", message: "is paid" }],
      request_id: headers.get("x-request-id"),
    });
  });
});

describe("request ids", () => {
  test("are taken from the client, passed to the services, and returned", async () => {
    const { headers } = await http.get("/api/plans/", { token, headers: { "x-request-id": "proxy-7.a:b" } });
    expect(headers.get("x-request-id")).toBe("proxy-7.a:b");
    expect(services.calls).toMatchObject([{ requestId: "proxy-7.a:b" }]);
  });

  test.each([["a b"], ["<script>"], ["x".repeat(101)], [""]])(
    "that could do harm are replaced: %j",
    async (given) => {
      const { headers } = await http.get("/api/plans/", { token, headers: { "x-request-id": given } });
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("headers", () => {
  test("stop browsers from running, framing or caching an answer", async () => {
    const { headers } = await http.get("/api/plans/", { token });
    expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  test("let pages of other sites use the API, without cookies", async () => {
    const origin = "https://shop.example";
    const preflight = await http.send("OPTIONS", "/api/plans/", {
      headers: {
        origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization");
    for (const sent of [{ token }, {}]) {
      const { headers } = await http.get("/api/plans/", { ...sent, headers: { origin } });
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("access-control-expose-headers")).toContain("Link");
    }
  });
});

describe("what is recorded about requests", () => {
  test("an API key is in no log, wherever it was sent", async () => {
    const key = `bk_${"0".repeat(32)}_${"s".repeat(43)}`;
    services.on("identity.findApiKey", () => {
      throw new Error("identity is away");
    });
    const answers = [
      await http.get("/api/plans/", { token: key }),
      await http.get(`/api/plans/?key=${key}`),
      await http.get(`/api/plans/${key}/`),
      await http.post("/api/token/", { body: { [key]: key } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 400, 400, 400]);
    expect(logged.length).toBeGreaterThan(answers.length - 1);
    expect(JSON.stringify(logged)).not.toContain("sssss");
  });

  test("the log has the method, route, status, time and id, and no secret", async () => {
    services.on("identity.login", () => ({
      access: "secret-access",
      refresh: "secret-refresh",
      device: "secret-device",
    }));
    services.on("payments.receiveWebhook", () => ({ received: true }));
    const as = (requestId: string) => ({ headers: { "x-request-id": requestId } });
    await http.post("/api/token/", {
      body: { username: "ada", password: "secret-password" },
      ...as("seen-1"),
    });
    await http.get("/api/pay/?invoice=secret-id&payment_intent_client_secret=secret-2", as("seen-2"));
    await http.post("/api/stripe/webhook/", {
      body: "secret-body",
      headers: { "stripe-signature": "secret-signature" },
    });
    await http.get("/api/plans/", { token, ...as("seen-3") });
    expect(logged).toContainEqual(
      expect.objectContaining({
        method: "POST",
        route: "/api/token/",
        status: 200,
        ms: expect.any(Number),
        request_id: "seen-1",
      }),
    );
    expect(logged).toContainEqual(expect.objectContaining({ route: "/api/pay/", request_id: "seen-2" }));
    const text = JSON.stringify(logged);
    expect(text).not.toContain("secret-");
    expect(text).not.toContain(token);
  });

  test("the metrics have the route, never an address", async () => {
    services.on("catalog.getPlan", () => plan);
    await http.get(`/api/plans/${id}/`, { token });
    await http.get("/api/nothing-here");
    const { values } = await system.broker.runtime.metrics.http.get();
    const labels = values.map((value) => value.labels);
    const seen = (expected: object) => expect(labels).toContainEqual(expect.objectContaining(expected));
    seen({ method: "GET", route: "/api/plans/{id}/", status: "200" });
    seen({ method: "GET", route: "unmatched", status: "404" });
    expect(JSON.stringify(labels)).not.toContain(id);
  });
});

describe("health and readiness", () => {
  test("the gateway is healthy, and ready while Postgres and all services are available", async () => {
    expect(await http.get("/health")).toMatchObject({ status: 200, body: { status: "ok" } });
    const ready = await http.get("/ready");
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({
      ready: true,
      checks: { postgres: "ok", services: { identity: "ok", cron: "ok" } },
    });
    const cron = system.broker.getLocalService("cron");
    await system.broker.destroyService(cron);
    const without = await http.get("/ready");
    expect(without).toMatchObject({
      status: 503,
      body: { ready: false, checks: { services: { identity: "ok", cron: "down" } } },
    });
  });
});

describe("on shutdown", () => {
  test("requests in flight finish, new ones are refused, idle connections are closed", async () => {
    const other = await startSystem({ services: ["gateway"], databaseUrl: system.databaseUrl });
    const fakes = new FakeServices(other.broker);
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    fakes.on("catalog.listPlans", async () => {
      await held;
      return { items: [], next: null };
    });
    const { url } = fakes;
    const { hostname, port } = new URL(url);
    const unused = connect(Number(port), hostname);
    await new Promise((resolve) => unused.once("connect", resolve));
    const pending = client(() => url).get("/api/plans/", { token: fakes.token() });
    await eventually(() => fakes.callsOf("catalog.listPlans")[0]);

    const gateway = other.broker.getLocalService("gateway");
    const stopping = other.broker.destroyService(gateway);
    await new Promise((resolve) => unused.once("close", resolve));
    await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
    finish();
    const { status, headers } = await pending;
    expect(status).toBe(200);
    expect(headers.get("connection")).toBe("close");
    await stopping;
    await other.stop();
  });
});

describe("the client's address", () => {
  const login = {
    body: { username: "ada", password: "correct horse battery" },
    headers: { "x-forwarded-for": "203.0.113.9, 198.51.100.7" },
  };
  const clientSeen = (of: FakeServices) =>
    of.callsOf("identity.login").map(({ params }) => (params as { client: string }).client);

  it("is the connection's, because a client can send any X-Forwarded-For", async () => {
    services.on("identity.login", () => ({ access: "a", refresh: "r", device: "d" }));
    await http.post("/api/token/", login);
    expect(clientSeen(services)).toEqual(["127.0.0.1"]);
  });

  it("is the last X-Forwarded-For address when there is a proxy", async () => {
    const behind = await startSystem({
      services: ["gateway"],
      env: { TRUST_PROXY: "true" },
    });
    try {
      const others = new FakeServices(behind.broker);
      others.on("identity.login", () => ({ access: "a", refresh: "r", device: "d" }));
      await client(() => others.url).post("/api/token/", login);
      expect(clientSeen(others)).toEqual(["198.51.100.7"]);
    } finally {
      await behind.stop();
    }
  });
});
