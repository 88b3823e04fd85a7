import { createHash, randomUUID } from "node:crypto";
import { gatewayUrl } from "../../../gateway/gateway.service";
import type { KeyScope } from "../../../shared/contracts/contract";
import { Doorbell } from "../../../shared/events/doorbell";
import { client, fieldsOf } from "../../gateway/client";
import { eventually, startSystem, user, type System } from "../../support/system";

const STAFF = user(randomUUID(), { staff: true });
const DAY_MS = 86_400_000;

let system: System;
const http = client(() => gatewayUrl(system.broker));
const staff: System["call"] = (name, params) => system.as(STAFF)(name, params);
const create = (scope: KeyScope = "read", fields: { expires_at?: string; rate_limit?: number } = {}) =>
  staff("identity.createApiKey", { name: "Backend", scope, ...fields });
const rows = () => system.db("identity")("api_keys").orderBy("id");
const call = (token: string) => http.get("/api/customers/", { token });
const statusOf = async (token: string) => (await call(token)).status;
/** Waits until the gateway answers a key with a status: identity's doorbell has to ring first. */
const becomes = (token: string, status: number) =>
  eventually(async () => ((await statusOf(token)) === status ? true : undefined));

/** What time does to a key, and the ring that lets the gateway look again. */
async function changeRow(id: string, change: object): Promise<void> {
  await system.db("identity")("api_keys").where({ id }).update(change);
  await system.broker.broadcast(Doorbell.eventOf("identity"));
}

beforeAll(async () => {
  system = await startSystem({ services: ["identity", "gateway"] });
});
afterAll(() => system.stop());

/** An error that names these fields, after which all keys are as before. */
async function expectRefused(work: () => Promise<unknown>, error: object): Promise<void> {
  const before = await rows();
  await expect(work()).rejects.toMatchObject(error);
  expect(await rows()).toEqual(before);
}
const naming = (field: string) => ({ code: 400, data: { errors: [expect.objectContaining({ field })] } });

describe("an API key", () => {
  test("is shown once, and only the hash of its secret is stored", async () => {
    const { key, ...shown } = await create("write");
    expect(key).toMatch(new RegExp(`^bk_${shown.id.replaceAll("-", "")}_[\\w-]{43}$`));
    expect(await staff("identity.getApiKey", { id: shown.id })).toEqual(shown);
    expect(shown).toMatchObject({ name: "Backend", scope: "write", rate_limit: 6_000, expires_at: null });
    const { secret_sha256, ...row } = (await rows().where({ id: shown.id }).first()) as {
      secret_sha256: Buffer;
    };
    const secret = key.slice("bk__".length + 32);
    expect(secret_sha256).toEqual(createHash("sha256").update(secret).digest());
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  test("is listed in pages, without its secret", async () => {
    const made = [await create(), await create(), await create()];
    const found: string[] = [];
    let text = "";
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await staff("identity.listApiKeys", { limit: 2, ...(cursor ? { cursor } : {}) });
      found.push(...page.items.map(({ id }) => id));
      text += JSON.stringify(page.items);
      cursor = page.next;
    }
    expect(found).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    for (const { key } of made) expect(text).not.toContain(key.split("_").slice(2).join("_"));
  });

  test.each<[string, object, string]>([
    ["an unknown scope", { name: "a", scope: "owner" }, "scope"],
    ["no scope", { name: "a" }, "scope"],
    ["no name", { scope: "read" }, "name"],
    ["a name of two lines", { name: "a\nb", scope: "read" }, "name"],
    ["a name of 101 characters", { name: "x".repeat(101), scope: "read" }, "name"],
    ["a limit of no calls", { name: "a", scope: "read", rate_limit: 0 }, "rate_limit"],
    ["a limit above the largest", { name: "a", scope: "read", rate_limit: 10_000_001 }, "rate_limit"],
    ["an end that is no time", { name: "a", scope: "read", expires_at: "tomorrow" }, "expires_at"],
    ["an end that is over", { name: "a", scope: "read", expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
    ["a secret of its own", { name: "a", scope: "read", secret: "x" }, "secret"],
  ])("with %s is refused by name", async (_what, fields, field) => {
    await expectRefused(() => staff("identity.createApiKey", fields as never), naming(field));
  });

  test("can get another name and limit, and nothing else", async () => {
    const { id, key: _, ...before } = await create();
    const changed = await staff("identity.updateApiKey", { id, name: "Other", rate_limit: 5 });
    expect(changed).toEqual({ ...before, id, name: "Other", rate_limit: 5 });
    expect(await staff("identity.updateApiKey", { id })).toEqual(changed);
    await expectRefused(
      () => staff("identity.updateApiKey", { id, scope: "admin" } as never),
      naming("scope"),
    );
    const overlap_s = 31 * 86_400;
    await expectRefused(() => staff("identity.rotateApiKey", { id, overlap_s }), naming("overlap_s"));
  });

  test("that does not exist is a 404, one that has ended a 409", async () => {
    const id = randomUUID();
    for (const action of ["get", "update", "rotate", "revoke"] as const)
      await expectRefused(() => staff(`identity.${action}ApiKey`, { id }), { type: "api_key.not_found" });
    const { id: revoked } = await create();
    await staff("identity.revokeApiKey", { id: revoked });
    const [{ revoked_at }] = (await rows().where({ id: revoked })) as [{ revoked_at: string }];
    await staff("identity.revokeApiKey", { id: revoked });
    expect(await staff("identity.getApiKey", { id: revoked })).toMatchObject({ revoked_at });
    const { id: expired } = await create();
    await system.db("identity").raw("UPDATE api_keys SET expires_at = now() WHERE id = ?", [expired]);
    for (const [ended, type] of [
      [revoked, "api_key.revoked"],
      [expired, "api_key.expired"],
    ] as const) {
      const refusal = { code: 409, type };
      await expectRefused(() => staff("identity.rotateApiKey", { id: ended }), refusal);
      await expectRefused(() => staff("identity.updateApiKey", { id: ended, name: "x" }), refusal);
    }
  });

  test("is made and seen by staff alone, and by no key", async () => {
    const admin = await create("admin");
    const id = admin.id;
    const customer = user(randomUUID());
    for (const action of ["get", "update", "rotate", "revoke"] as const)
      await expectRefused(() => system.as(customer)(`identity.${action}ApiKey`, { id }), { code: 403 });
    const requests = [
      http.get("/api/api-keys/", { token: admin.key }),
      http.post("/api/api-keys/", { token: admin.key, body: { name: "a", scope: "read" } }),
      http.get(`/api/api-keys/${id}/`, { token: admin.key }),
      http.patch(`/api/api-keys/${id}/`, { token: admin.key, body: { name: "b" } }),
      http.post(`/api/api-keys/${id}/rotate/`, { token: admin.key, body: {} }),
      http.delete(`/api/api-keys/${id}/`, { token: admin.key }),
    ];
    for (const answer of await Promise.all(requests)) expect(answer).toMatchObject({ status: 403 });
    expect(await staff("identity.getApiKey", { id })).toMatchObject({ name: "Backend", rotated_at: null });
  });
});

describe("a call with an API key", () => {
  test("sees all customers with read, and changes them with write", async () => {
    const [read, write] = [await create("read"), await create("write")];
    const body = { name: "Example Ltd", external_id: "crm/1", metadata: { segment: "b2b" } };
    const refused = await http.post("/api/customers/", { token: read.key, body });
    expect(refused).toMatchObject({ status: 403, body: { type: "request.forbidden" } });
    expect((refused.body as { detail: string }).detail).toMatch(/scope write/);
    const made = await http.post("/api/customers/", { token: write.key, body });
    expect(made).toMatchObject({ status: 201, body: { ...body, user: null } });
    const path = `/api/customers/${(made.body as { id: string }).id}/`;
    expect(await http.get(path, { token: read.key })).toMatchObject({ status: 200, body });
    const changed = await http.patch(path, { token: write.key, body: { external_id: "crm/2" } });
    expect(changed).toMatchObject({ status: 200, body: { external_id: "crm/2" } });
    const put = await http.put("/api/customers/by-external-id/crm%2F2/", {
      token: write.key,
      body: { name: "Example Inc" },
    });
    expect(put).toMatchObject({ status: 200, body: { name: "Example Inc" } });
    expect(await http.patch(path, { token: read.key, body: { name: "x" } })).toMatchObject({ status: 403 });
    expect(await http.delete(path, { token: read.key })).toMatchObject({ status: 403 });
    expect(await http.delete(path, { token: write.key })).toMatchObject({ status: 204 });
  });

  test("never reaches accounts of people, whatever the scope; admin may look", async () => {
    const person = await system.call("identity.createUser", {
      username: "ann",
      email: "ann@example.com",
      password: "a fine password",
      is_staff: false,
    });
    const [write, admin] = [await create("write"), await create("admin")];
    const path = `/api/users/${person.id}/`;
    for (const token of [write.key, admin.key]) {
      const account = { username: "eve", email: "eve@example.com", password: "a fine password" };
      const requests = [
        http.post("/api/users/", { token, body: account }),
        http.patch(path, { token, body: { password: "another password" } }),
        http.delete(path, { token }),
        http.get("/api/users/me/", { token }),
      ];
      for (const answer of await Promise.all(requests)) expect(answer).toMatchObject({ status: 403 });
    }
    expect(await http.get(path, { token: write.key })).toMatchObject({ status: 403 });
    expect(await http.get(path, { token: admin.key })).toMatchObject({ status: 200, body: person });
  });

  test("ends at once when the key is revoked", async () => {
    const { id, key } = await create();
    expect(await statusOf(key)).toBe(200);
    await staff("identity.revokeApiKey", { id });
    await becomes(key, 401);
    expect((await call(key)).body).toMatchObject({ type: "key.revoked" });
  });

  test("goes on with the old secret after a rotation, until the overlap is over", async () => {
    const first = await create();
    expect(await statusOf(first.key)).toBe(200);
    const second = await staff("identity.rotateApiKey", { id: first.id });
    const overlap_ms = Date.parse(second.old_secret_until ?? "") - Date.parse(second.rotated_at ?? "");
    expect(Math.round(overlap_ms / 1_000)).toBe(DAY_MS / 1_000);
    await becomes(second.key, 200);
    expect(await statusOf(first.key)).toBe(200);
    const third = await staff("identity.rotateApiKey", { id: first.id });
    await becomes(third.key, 200);
    expect([await statusOf(second.key), await statusOf(first.key)]).toEqual([200, 401]);
    await changeRow(first.id, { old_secret_until: "2020-01-01T00:00:00Z" });
    await becomes(second.key, 401);
    expect(await statusOf(third.key)).toBe(200);
  });

  test("ends with the old secret at once where there is no overlap", async () => {
    const first = await create();
    expect(await statusOf(first.key)).toBe(200);
    const second = await staff("identity.rotateApiKey", { id: first.id, overlap_s: 0 });
    expect(second.old_secret_until).toBeNull();
    await becomes(second.key, 200);
    expect(await statusOf(first.key)).toBe(401);
  });

  test("ends at the key's own end", async () => {
    const expires_at = new Date(Date.now() + DAY_MS).toISOString();
    const { id, key } = await create("read", { expires_at });
    expect(await statusOf(key)).toBe(200);
    await changeRow(id, { expires_at: "2020-01-01T00:00:00Z" });
    await becomes(key, 401);
    expect((await call(key)).body).toMatchObject({ type: "key.expired" });
  });

  test("is limited by the minute, and told so by standard headers", async () => {
    const { id, key } = await create("read", { rate_limit: 2 });
    const answers = [await call(key), await call(key), await call(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get("ratelimit-policy"))).toEqual(
      Array.from({ length: 3 }, () => '"key";q=2;w=60'),
    );
    const left = answers.map(({ headers }) => headers.get("ratelimit"));
    expect(left.map((header) => header?.replace(/t=\d+/, "t"))).toEqual([
      '"key";r=1;t',
      '"key";r=0;t',
      '"key";r=0;t',
    ]);
    const [, , last] = answers;
    const wait_s = Number(last?.headers.get("retry-after"));
    expect(wait_s).toBeGreaterThan(0);
    expect(wait_s).toBeLessThanOrEqual(60);
    expect(last?.body).toMatchObject({ type: "key.rate_limited" });
    expect(last?.headers.get("access-control-expose-headers")).toMatch(/RateLimit,RateLimit-Policy/);
    await staff("identity.updateApiKey", { id, rate_limit: 10 });
    await becomes(key, 200);
  });

  test("is on record as the key's last use", async () => {
    const { id } = await create();
    const used = (at: string) => system.call("identity.recordApiKeyUse", { used: [{ id, at }] });
    await used("2026-01-02T00:00:00Z");
    await used("2026-01-01T00:00:00Z");
    const lastUse = async () => (await staff("identity.getApiKey", { id })).last_used_at;
    expect(await lastUse()).toBe("2026-01-02T00:00:00Z");
    await used("2999-01-01T00:00:00Z");
    expect(Date.parse((await lastUse()) ?? "")).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test.each(["/api/customers/?api_key=", "/api/customers/?", "/api/plans/", "/nowhere?x=1&key="])(
    "in the address %s is refused, whatever the caller",
    async (path) => {
      const { key } = await create("admin");
      for (const text of [key, encodeURIComponent(key).replace("bk", "%62%6B"), key.slice(0, 40)]) {
        const answer = await http.get(`${path}${text}`);
        expect(answer).toMatchObject({ status: 400, body: { type: "request.key_in_address" } });
        expect(answer.text).not.toContain(text);
      }
    },
  );

  test("with a malformed, cut, changed or unknown key is a 401", async () => {
    const { key } = await create();
    const unknown = key.replace(/^bk_.{32}/, `bk_${randomUUID().replaceAll("-", "")}`);
    const wrong = `${key.slice(0, -2)}${key.endsWith("AA") ? "BB" : "AA"}`;
    for (const bad of ["bk_", "bk_x_y", key.slice(0, -1), `${key}A`, key.toUpperCase(), unknown, wrong]) {
      const answer = await call(bad);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      expect(answer.headers.get("ratelimit")).toBeNull();
    }
    expect(fieldsOf((await call(wrong)).body)).toEqual([]);
  });
});
