import { gatewayUrl } from "../../gateway/gateway.service";
import type { Answer } from "../support/http";
import { RestClient } from "../support/http";
import { eventually, startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let count = 0;

beforeAll(async () => {
  system = await startSystem({
    services: ["identity", "gateway"],
    env: { TRUST_PROXY: "true", REGISTRATIONS_PER_HOUR: "20" },
  });
});
afterAll(() => system.stop());

const rest = (token?: string) => new RestClient(gatewayUrl(system.broker), token);
const answered = <T>({ body }: Answer): T => body;

/** A new staff account that is signed in. */
async function signedIn() {
  const username = `person${++count}`;
  const account = { username, email: `${username}@example.com`, password: PASSWORD, is_staff: true };
  const { id } = await system.call("identity.createUser", account);
  const pair = answered<{ access: string; refresh: string }>(
    await rest().post("/api/token/", { username, password: PASSWORD }),
  );
  const me = rest(pair.access);
  expect((await me.get("/api/users/me/")).status).toBe(200);
  return { id, me, ...pair };
}

describe("an access token ends by itself, soon after", () => {
  type Person = Awaited<ReturnType<typeof signedIn>>;
  const ends: [string, (person: Person) => Promise<unknown>][] = [
    ["signing out", ({ refresh }) => rest().post("/api/token/revoke/", { refresh })],
    [
      "a new password",
      ({ me, id }) =>
        me.patch(`/api/users/${id}/`, { password: "quite another one", current_password: PASSWORD }),
    ],
    ["lost staff rights", ({ id }) => system.call("identity.updateUser", { id, is_staff: false })],
    ["a deactivation", ({ me, id }) => me.delete(`/api/users/${id}/`)],
  ];
  it.each(ends)("%s", async (_, end) => {
    const [person, other] = [await signedIn(), await signedIn()];
    await end(person);
    const refused = await eventually(async () => {
      const answer = await person.me.get("/api/users/me/");
      return answer.status === 401 ? answer : undefined;
    });
    expect(refused.body).toMatchObject({ detail: "The access token has been revoked." });
    expect((await other.me.get("/api/users/me/")).status).toBe(200);
  });
});

/** A POST from an address, with its answer and its cookie. */
async function post(path: string, body: object, from: string, cookie = "") {
  const response = await fetch(`${gatewayUrl(system.broker)}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from, cookie },
    body: JSON.stringify(body),
  });
  const [device = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  return { status: response.status, retryAfter: response.headers.get("retry-after"), device };
}
const newcomer = () => {
  const username = `person${++count}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
};

it("twenty accounts an hour can be registered from one address", async () => {
  const statuses: number[] = [];
  for (let each = 0; each < 20; each++)
    statuses.push((await post("/api/users/", newcomer(), "192.0.2.1")).status);
  expect(statuses).toEqual(Array.from({ length: 20 }, () => 201));
  const refused = await post("/api/users/", newcomer(), "192.0.2.1");
  expect(refused.status).toBe(429);
  expect(Number(refused.retryAfter)).toBeGreaterThan(3_500);
  expect((await post("/api/users/", newcomer(), "192.0.2.2")).status).toBe(201);
});

it("a hundred registrations at once are 503 with Retry-After where the queue is full", async () => {
  const flood = Array.from({ length: 100 }, (_, host) =>
    post("/api/users/", newcomer(), `198.51.100.${host}`),
  );
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  for (const { retryAfter } of refused) expect(retryAfter).toBe("2");
  expect(answers.filter(({ status }) => status !== 503 && status !== 201)).toEqual([]);
});

it("a browser that has signed in before can sign in while somebody guesses beside it", async () => {
  const { username, ...account } = newcomer();
  const at = "203.0.113.5";
  await post("/api/users/", { username, ...account }, at);
  const login = (password: string, cookie?: string) =>
    post("/api/token/", { username, password }, at, cookie);
  const { status, device } = await login(PASSWORD);
  expect(status).toBe(200);
  for (let guess = 0; guess < 10; guess++) expect((await login("a wrong one")).status).toBe(401);
  expect((await login(PASSWORD)).status).toBe(429);
  expect(await login(PASSWORD, `other=1; ${device}`)).toMatchObject({ status: 200 });
});
