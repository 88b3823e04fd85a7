import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import jwt from "jsonwebtoken";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../shared/contracts/identity";
import { resources } from "../../gateway/routes";
import { Doorbell } from "../../shared/events/doorbell";
import { eventually, startSystem, type System } from "../support/system";
import { client } from "./client";
import { FakeServices, signingKey } from "./fake-services";

let system: System;
let services: FakeServices;
const http = client(() => services.url);
const sub = randomUUID();

let ahead_ms = 0;
const now = performance.now.bind(performance);

beforeAll(async () => {
  jest.spyOn(performance, "now").mockImplementation(() => now() + ahead_ms);
  system = await startSystem({ services: ["gateway"], databaseUrl: process.env.TEST_DATABASE_URL ?? "" });
  services = new FakeServices(system.broker);
  services.on("catalog.listPlans", () => ({ items: [], next: null }));
  services.on("payments.createPaymentIntent", () => {
    throw new Error("not to be reached");
  });
});
afterAll(() => system.stop());
beforeEach(() => {
  services.on("identity.publicKeys", () => [{ kid: services.key.kid, pem: services.key.pem }]);
  services.on("identity.revocations", () => ({ items: [], next: null }));
  services.clear();
});

const listPlans = (token: string) => http.get("/api/plans/", { token });
const ring = () => system.broker.broadcast(Doorbell.eventOf("identity"));

describe("an access token", () => {
  test("names the caller of every call to a service", async () => {
    expect(await listPlans(services.token({ sub, customers: [sub] }))).toMatchObject({ status: 200 });
    expect(await listPlans(services.token({ sub, staff: true }))).toMatchObject({ status: 200 });
    expect(services.calls).toMatchObject([
      { caller: { kind: "user", userId: sub, isStaff: false, customers: [sub] } },
      { caller: { kind: "user", userId: sub, isStaff: true, customers: [] } },
    ]);
  });

  test("needs no call to identity", async () => {
    await listPlans(services.token());
    services.clear();
    for (let each = 0; each < 5; each++) await listPlans(services.token());
    expect(services.lookups).toEqual([]);
  });

  test("is refused once it has expired, also when it was accepted before", async () => {
    const token = services.token({}, { expiresIn: "2s" });
    expect(await listPlans(token)).toMatchObject({ status: 200 });
    const refused = await eventually(async () => {
      const answer = await listPlans(token);
      return answer.status === 401 ? answer : undefined;
    });
    expect(refused.body).toMatchObject({ type: "token.expired" });
  });

  const claims = { staff: true, sid: randomUUID() };
  const registered = {
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
    subject: sub,
    expiresIn: "15m",
  } as const;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const unsigned = (header: object) =>
    [header, { ...claims, sub, iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, exp: 4_000_000_000 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");

  /** A token with our header, whose payload is any text, signed with the right key. */
  const signed = (payload: string) => {
    const header = JSON.stringify({ alg: "ES256", typ: "JWT", kid: services.key.kid });
    const body = [header, payload].map((part) => Buffer.from(part).toString("base64url")).join(".");
    const signature = sign("sha256", Buffer.from(body), {
      key: services.key.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    return `${body}.${signature.toString("base64url")}`;
  };
  const withSignature = (signature: Buffer) =>
    `${services.token().split(".").slice(0, 2).join(".")}.${signature.toString("base64url")}`;
  const derSignature = () => sign("sha256", Buffer.from("any"), services.key.privateKey);

  const FORGED: [name: string, token: () => string, type?: string][] = [
    ["has expired", () => services.token({}, { expiresIn: -10 }), "token.expired"],
    ["comes from another issuer", () => services.token({}, { issuer: "someone-else" })],
    ["is meant for another audience", () => services.token({}, { audience: "another-api" })],
    ["is not valid yet", () => services.token({}, { notBefore: 60 })],
    [
      "never expires",
      () =>
        jwt.sign({ ...claims, sub, iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE }, services.key.privateKey, {
          algorithm: "ES256",
          keyid: services.key.kid,
        }),
    ],
    [
      "is signed with another key but names ours",
      () => services.token({}, {}, { ...signingKey(), kid: services.key.kid }),
    ],
    ["names an unknown key", () => services.token({}, {}, signingKey())],
    ["names no key", () => jwt.sign(claims, services.key.privateKey, { ...registered, algorithm: "ES256" })],
    [
      "is signed with the public key as a shared secret",
      () => {
        const body = unsigned({ alg: "HS256", typ: "JWT", kid: services.key.kid });
        return `${body}.${createHmac("sha256", services.key.pem).update(body).digest("base64url")}`;
      },
    ],
    ["is not signed", () => `${unsigned({ alg: "none", typ: "JWT", kid: services.key.kid })}.`],
    [
      "is signed with another algorithm",
      () => jwt.sign(claims, rsa.privateKey, { ...registered, algorithm: "RS256", keyid: services.key.kid }),
    ],
    [
      "was changed after signing",
      () => services.token().replace(/\.[^.]+\./, `.${unsigned({}).split(".")[1] ?? ""}.`),
    ],
    ["names no user id", () => services.token({ sub: "everybody" })],
    ["names no session", () => services.token({ sid: "none" })],
    ["is not a JWT", () => "abc.def.ghi"],
    ["has a signature of 3 bytes", () => withSignature(Buffer.alloc(3))],
    ["has a signature of 63 bytes", () => withSignature(Buffer.alloc(63, 1))],
    ["has a signature of 65 bytes", () => withSignature(Buffer.alloc(65, 1))],
    ["has a signature of zeros", () => withSignature(Buffer.alloc(64))],
    ["has a signature in DER", () => withSignature(derSignature())],
    ["has a header that is no object", () => `bnVsbA.${services.token().split(".").slice(1).join(".")}`],
    ["has a payload that is no object", () => signed("null")],
    ["has a payload that is no JSON", () => signed("\ufffd")],
    ["has a time that is no number of seconds", () => signed('{"exp":1e999}')],
    ["is empty", () => ""],
  ];

  test.each(FORGED)("is refused when it %s", async (_name, token, type = "token.invalid") => {
    const { status, body, headers } = await listPlans(token());
    expect(status).toBe(401);
    expect(body).toMatchObject({ type, title: "Unauthorized" });
    expect(headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(services.calls).toEqual([]);
  });

  test.each([["Basic YTpi"], ["Bearer"], ["Token abc.def.ghi"], ["Bearer a.b.c d.e.f"]])(
    "is refused with the Authorization header %s",
    async (authorization) => {
      const answer = await http.get("/api/plans/", { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: { type: "token.invalid" } });
    },
  );

  const routes = resources({ publicUrl: "https://billing.example" }).flatMap((resource) => resource.routes);
  test.each(routes.map(({ method, path, auth }) => [method.toUpperCase(), path, auth] as const))(
    "that cannot be verified is 401 at %s %s, unless the route reads none (%s)",
    async (method, path, auth) => {
      const at = path.replaceAll(/\{\w+\}/g, randomUUID());
      const { status } = await http.send(method, at, { token: withSignature(Buffer.alloc(3)) });
      const expected = auth === "anyone" ? (await http.send(method, at)).status : 401;
      expect(status).toBe(expected);
    },
  );

  test("must be valid when it is sent to a route that needs none", async () => {
    const body = { invoice: randomUUID() };
    for (const path of ["/api/create-payment-intent/", "/api/payment-success/"]) {
      expect(await http.post(path, { token: services.token({}, { expiresIn: -10 }), body })).toMatchObject({
        status: 401,
      });
    }
    expect(services.calls).toEqual([]);
  });
});

describe("keys", () => {
  test("a new key is fetched once, however many tokens name it at the same time", async () => {
    const next = signingKey();
    services.on("identity.publicKeys", () => [services.key, next].map(({ kid, pem }) => ({ kid, pem })));
    ahead_ms += 3_000;
    services.clear();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => listPlans(services.token({}, {}, next))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(services.lookups).toEqual(["identity.publicKeys"]);
  });

  test("unknown key ids do not make the gateway ask identity each time", async () => {
    ahead_ms += 3_000;
    services.clear();
    for (let each = 0; each < 10; each++) await listPlans(services.token({}, {}, signingKey()));
    expect(services.lookups).toEqual(["identity.publicKeys"]);
  });

  test("a key that identity has removed verifies no token", async () => {
    const gone = signingKey();
    const keys = [services.key, gone].map(({ kid, pem }) => ({ kid, pem }));
    services.on("identity.publicKeys", () => keys);
    await ring();
    const token = services.token({}, {}, gone);
    const statusSoon = (status: number) =>
      eventually(async () => {
        const answer = await listPlans(token);
        return answer.status === status ? answer : undefined;
      });
    expect(await statusSoon(200)).toMatchObject({ body: [] });
    keys.pop();
    await ring();
    expect(await statusSoon(401)).toMatchObject({ body: { type: "token.invalid" } });
  });
});

describe("revocation", () => {
  test("ends access when identity rings, for the sessions of all pages and no others", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const old = services.token({ sub, sid: second });
    expect(await listPlans(old)).toMatchObject({ status: 200 });
    services.on("identity.revocations", ({ cursor }) =>
      cursor === undefined ? { items: [first], next: "second page" } : { items: [second], next: null },
    );
    await ring();
    const refused = await eventually(async () => {
      const answer = await listPlans(old);
      return answer.status === 401 ? answer : undefined;
    });
    expect(refused.body).toMatchObject({
      type: "token.invalid",
      detail: "The access token has been revoked.",
    });
    expect(await listPlans(services.token({ sid: first }))).toMatchObject({ status: 401 });
    expect(await listPlans(services.token({ sub, customers: [sub] }))).toMatchObject({ status: 200 });
  });

  test("after 25 seconds without identity, requests with a token are refused, others are not", async () => {
    services.on("identity.revocations", () => {
      throw new Error("identity is ill");
    });
    services.on("identity.login", () => ({ access: "a", refresh: "r", device: "d" }));
    services.on("catalog.listPlans", () => ({ items: [], next: null }));
    ahead_ms += 24_000;
    expect(await listPlans(services.token())).toMatchObject({ status: 200 });
    ahead_ms += 2_000;
    expect(await listPlans(services.token())).toMatchObject({
      status: 503,
      body: { type: "service.unavailable" },
    });
    expect(await http.post("/api/token/", { body: { username: "a", password: "p" } })).toMatchObject({
      status: 200,
    });

    services.on("identity.revocations", () => ({ items: [], next: null }));
    expect(await listPlans(services.token())).toMatchObject({ status: 200 });
  });
});
