import { generate } from "otplib";
import { gatewayUrl } from "../../gateway/gateway.service";
import { RestClient, type Answer } from "../support/http";
import { eventually, startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let required: System;
let count = 0;

beforeAll(async () => {
  const services = ["identity", "gateway"] as const;
  system = await startSystem({ services: [...services] });
  required = await startSystem({ services: [...services], env: { STAFF_TOTP: "required" } });
});
afterAll(() => Promise.all([system.stop(), required.stop()]));
afterEach(() => jest.restoreAllMocks());

const rest = (token?: string, at = system) => new RestClient(gatewayUrl(at.broker), token);
const answered = <T>({ body }: Answer): T => body;
const codeRequired = { status: 401, body: { type: "token.code_required" } };
const invalidCode = { status: 401, body: { type: "token.invalid_code" } };

async function person({ staff = false, at = system } = {}) {
  const username = `person${++count}`;
  const account = { username, email: `${username}@example.com`, password: PASSWORD, is_staff: staff };
  const { id } = await at.call("identity.createUser", account);
  const signIn = (code?: string, password = PASSWORD) =>
    rest(undefined, at).post("/api/token/", { username, password, ...(code === undefined ? {} : { code }) });
  return { id, username, signIn };
}
type Person = Awaited<ReturnType<typeof person>>;

/** Signs in. @returns a client with the access token */
async function session({ signIn }: Person, code?: string, at = system): Promise<RestClient> {
  return rest(answered<{ access: string }>(await signIn(code)).access, at);
}

/** Turns the second factor on. */
async function withTotp(who: Person, at = system) {
  const me = await session(who, undefined, at);
  const { secret } = answered<{ secret: string }>(
    await me.post("/api/users/me/totp/", { password: PASSWORD }),
  );
  const codeAt = (offset_s: number) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + offset_s });
  const confirmed = await me.post("/api/users/me/totp/confirm/", { code: await codeAt(-30) });
  expect(confirmed.status).toBe(200);
  const { recovery_codes } = answered<{ recovery_codes: string[] }>(confirmed);
  return { me, secret, codeAt, recovery_codes };
}

/** Lets the wall clock of the process be somewhat later. */
function later(seconds: number): void {
  const now_ms = Date.now() + seconds * 1000;
  jest.spyOn(Date, "now").mockReturnValue(now_ms);
}

describe("a second factor", () => {
  test("is asked for after the right password only, and ends all sessions when it begins", async () => {
    const who = await person();
    const { me, codeAt } = await withTotp(who);
    await eventually(async () => ((await me.get("/api/users/me/")).status === 401 ? true : undefined));
    expect(await who.signIn()).toMatchObject(codeRequired);
    expect(await who.signIn(undefined, "wrong")).toMatchObject({
      status: 401,
      body: { type: "token.invalid_credentials" },
    });
    expect(await who.signIn("000000")).toMatchObject(invalidCode);
    expect(await who.signIn(await codeAt(0))).toMatchObject({ status: 200 });
  });

  test("begins with the password, and counts only from its first code on", async () => {
    const who = await person();
    const me = await session(who);
    const wrong = { status: 400, body: { errors: [{ field: "password" }] } };
    expect(await me.post("/api/users/me/totp/", { password: "wrong" })).toMatchObject(wrong);
    const started = await me.post("/api/users/me/totp/", { password: PASSWORD });
    expect(answered<{ uri: string }>(started).uri).toContain(`otpauth://totp/Billing:${who.username}?`);
    expect(await who.signIn()).toMatchObject({ status: 200 });
    const wrongCode = { status: 400, body: { errors: [{ field: "code" }] } };
    expect(await me.post("/api/users/me/totp/confirm/", { code: "000000" })).toMatchObject(wrongCode);
    expect(await who.signIn()).toMatchObject({ status: 200 });
  });

  test("takes a code once, also of ten at the same time; one step earlier or later counts", async () => {
    const who = await person();
    const { codeAt } = await withTotp(who);
    const code = await codeAt(0);
    const ten = await Promise.all(Array.from({ length: 10 }, () => who.signIn(code)));
    expect(ten.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);

    const other = await person();
    const of = await withTotp(other);
    const [before, soon, late] = [await of.codeAt(30), await of.codeAt(60), await of.codeAt(120)];
    later(60);
    expect(await other.signIn(before)).toMatchObject({ status: 200 });
    expect(await other.signIn(late)).toMatchObject(invalidCode);
    expect(await other.signIn(soon)).toMatchObject({ status: 200 });
    expect(await other.signIn(before)).toMatchObject(invalidCode);
  });

  test("is replaced by a recovery code, each once", async () => {
    const who = await person();
    const { recovery_codes } = await withTotp(who);
    expect(new Set(recovery_codes).size).toBe(10);
    const [first = "", second = ""] = recovery_codes;
    expect(await who.signIn(first)).toMatchObject({ status: 200 });
    expect(await who.signIn(first)).toMatchObject(invalidCode);
    expect(await who.signIn(second.toUpperCase())).toMatchObject({ status: 200 });
  });

  test("cannot be guessed: wrong codes are limited, a right one too then", async () => {
    const who = await person();
    const { recovery_codes } = await withTotp(who);
    const tries: number[] = [];
    for (let each = 0; each < 60; each++) tries.push((await who.signIn("123456")).status);
    expect(tries.at(-1)).toBe(429);
    expect(await who.signIn(recovery_codes[0])).toMatchObject({ status: 429 });
  });

  test("is turned off by a code; an operator turns a lost one off", async () => {
    const who = await person();
    const { codeAt } = await withTotp(who);
    const me = await session(who, await codeAt(0));
    const remove = (code: string) =>
      fetch(`${gatewayUrl(system.broker)}/api/users/me/totp/`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${me.token ?? ""}`, "content-type": "application/json" },
        body: JSON.stringify({ code }),
      });
    expect((await remove("000000")).status).toBe(400);
    later(30);
    expect((await remove(await generateAt(who.id))).status).toBe(204);
    expect(await who.signIn()).toMatchObject({ status: 200 });

    const other = await person();
    await withTotp(other);
    await system.call("identity.resetTotp", { username: other.username.toUpperCase() });
    expect(await other.signIn()).toMatchObject({ status: 200 });
    const again = system.call("identity.resetTotp", { username: other.username });
    await expect(again).rejects.toMatchObject({ code: 404 });
  });

  /** The present code of a user's secret. */
  async function generateAt(user_id: string): Promise<string> {
    const row = await system.db("identity")("totp").where({ user_id }).first<{ secret: string }>();
    return generate({ secret: row.secret, epoch: Math.floor(Date.now() / 1000) });
  }

  test("leaves no secret in the audit log and the outbox, and is on record there", async () => {
    const who = await person();
    const { secret, recovery_codes } = await withTotp(who);
    for (const table of ["audit_log", "outbox", "idempotency_records"]) {
      const { rows } = await system
        .db("identity")
        .raw<{ rows: { text: string }[] }>(
          `SELECT coalesce(string_agg(to_jsonb(each)::text, ''), '') AS text FROM ${table} AS each`,
        );
      for (const each of [secret, ...recovery_codes]) expect(rows[0]?.text).not.toContain(each);
    }
    const actions = await system.db("identity")("audit_log").where({ object: who.id }).pluck("action");
    expect(actions).toEqual(expect.arrayContaining(["totp.started", "totp.on"]));
  });
});

describe("where staff must have a second factor", () => {
  test("those without one have the rights of customers, until they have signed in with one", async () => {
    const who = await person({ staff: true, at: required });
    const before = await session(who, undefined, required);
    expect(await before.get("/api/audit-log/")).toMatchObject({ status: 403 });
    const { codeAt } = await withTotp(who, required);
    const me = await session(who, await codeAt(0), required);
    expect(await me.get("/api/users/")).toMatchObject({ status: 200 });
    expect(await me.get("/api/api-keys/")).toMatchObject({ status: 200 });
    const off = await required
      .as({ kind: "user", userId: who.id, isStaff: true, customers: [] })("identity.removeTotp", {
        code: await codeAt(30),
      })
      .catch((error: unknown) => error);
    expect(off).toMatchObject({ code: 409, type: "totp.required" });
  });
});

describe("the own sessions", () => {
  test("are listed, and the present one is marked; no other user's", async () => {
    const who = await person();
    await session(await person());
    const first = await session(who);
    const second = await session(who);
    const list = answered<{ id: string; current: boolean; expires_at: string }[]>(
      await second.get("/api/sessions/"),
    );
    expect(list.map(({ current }) => current)).toEqual([true, false]);
    const other = answered<{ id: string; current: boolean }[]>(await first.get("/api/sessions/"));
    expect(other.map(({ current }) => current)).toEqual([false, true]);
  });

  test("end one by one, or all but the present one, within seconds", async () => {
    const who = await person();
    const [first, second, third] = [await session(who), await session(who), await session(who)];
    const list = answered<{ id: string; current: boolean }[]>(await first.get("/api/sessions/"));
    const ofSecond = list[1]?.id ?? "";
    expect(await first.delete(`/api/sessions/${ofSecond}/`)).toMatchObject({ status: 204 });
    expect(await first.delete(`/api/sessions/${ofSecond}/`)).toMatchObject({ status: 404 });
    const stranger = await session(await person());
    const mine = list[0]?.id ?? "";
    expect(await stranger.delete(`/api/sessions/${mine}/`)).toMatchObject({ status: 404 });
    const isOut = (client: RestClient) =>
      eventually(async () => ((await client.get("/api/users/me/")).status === 401 ? true : undefined));
    await isOut(second);
    expect(await third.get("/api/users/me/")).toMatchObject({ status: 200 });
    expect(await first.delete("/api/sessions/")).toMatchObject({ status: 204 });
    await isOut(third);
    expect(await first.get("/api/users/me/")).toMatchObject({ status: 200 });
    expect(await first.get("/api/sessions/")).toMatchObject({ body: [{ current: true }] });
  });
});
