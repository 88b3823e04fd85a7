import { createHash } from "node:crypto";
import { decode, verify } from "jsonwebtoken";
import { ANONYMOUS, asService } from "../../../shared/service/caller";
import { HashingQueue } from "../../../services/identity/hashing-queue";
import { accessClaims, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../../shared/contracts/identity";
import { eventually, waitsForLock, startSystem, user, type System } from "../../support/system";

const PASSWORD = "a fine password";

let system: System;
/** A second instance of the service on the same database. */
let second: System;
let count = 0;

beforeAll(async () => {
  system = await startSystem({ services: ["identity"] });
  second = await startSystem({ services: ["identity"], databaseUrl: system.databaseUrl });
});
afterAll(async () => {
  await second.stop();
  await system.stop();
});

async function newUser({ staff = false } = {}) {
  const username = `User${++count}`;
  const email = `user${count}@example.com`;
  const { id } = await system.call("identity.createUser", {
    username,
    email,
    password: PASSWORD,
    is_staff: staff,
  });
  return { id, username };
}
/** Logs in, from a new address unless one is given. */
const login = (
  username: string,
  password = PASSWORD,
  {
    client = `address ${++count}`,
    on = system,
    ...device
  }: { client?: string; on?: System; device?: string } = {},
) => on.as(ANONYMOUS)("identity.login", { username, password, client, ...device });
const refresh = (token: string, on = system) => on.as(ANONYMOUS)("identity.refresh", { refresh: token });
const tokenRow = async (token: string) => {
  const hash = createHash("sha256").update(token).digest("hex");
  return (await system.db("identity")("refresh_tokens").where({ hash }).first()) as Record<string, unknown>;
};
/** The session that an access token names. */
const sessionOf = async (access: string) => {
  const { sid } = decode(access) as { sid: string };
  return (await system.db("identity")("sessions").where({ id: sid }).first()) as {
    id: string;
    ended_at: string | null;
  };
};
const makeUsedBefore = (token: string, seconds: number) =>
  system
    .db("identity")
    .raw("UPDATE refresh_tokens SET used_at = clock_timestamp() - make_interval(secs => ?) WHERE hash = ?", [
      seconds,
      createHash("sha256").update(token).digest("hex"),
    ]);

const REFUSED = expect.objectContaining({
  code: 401,
  type: "token.invalid_credentials",
  message: "No active account found with the given credentials",
  data: {},
});
const INVALID = expect.objectContaining({ code: 401, type: "token.invalid", data: {} });
const THROTTLED = expect.objectContaining({
  code: 429,
  type: "request.throttled",
  data: { retry_after_s: expect.any(Number) },
});
const reasons = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as { code: number }] : []));

/** Reads an access token as the gateway does. */
async function read(access: string) {
  const keys = await system.call("identity.publicKeys", {});
  const kid = decode(access, { complete: true })?.header.kid;
  const pem = keys.find((key) => key.kid === kid)?.pem ?? "";
  return verify(access, pem, { algorithms: ["ES256"], issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE });
}

describe("a login", () => {
  test("gives an access token of fifteen minutes that the public key verifies", async () => {
    const { id, username } = await newUser();
    const claims = await read((await login(username)).access);
    const customers = await system.db("identity")("customers").where({ user_id: id }).pluck("id");
    expect(customers).toHaveLength(1);
    expect(accessClaims.parse(claims)).toEqual({ sub: id, staff: false, sid: expect.any(String), customers });
    const { iat, exp } = claims as { iat: number; exp: number };
    expect(exp - iat).toBe(900);
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(30);
  });

  test("marks staff as staff, and ignores the case of the name", async () => {
    const { username } = await newUser({ staff: true });
    expect(await read((await login(username.toUpperCase())).access)).toMatchObject({ staff: true });
  });

  test("gives a refresh token for thirty days and stores only its hash", async () => {
    const { id, username } = await newUser();
    const { refresh: token } = await login(username);
    expect(token).toMatch(/^[\w-]{43}$/);
    const { rows } = await system.db("identity").raw<{ rows: unknown[] }>(
      `SELECT user_id, used_at, ended_at,
              expires_at - refresh_tokens.created_at = interval '30 days' AS thirty_days
       FROM refresh_tokens JOIN sessions ON id = session_id
       WHERE hash = ?`,
      [createHash("sha256").update(token).digest("hex")],
    );
    expect(rows).toEqual([{ user_id: id, used_at: null, ended_at: null, thirty_days: true }]);
  });

  test("gives the same error for an unknown user, a wrong password and a closed account", async () => {
    const [ann, closed] = [await newUser(), await newUser()];
    await system.call("identity.deactivateUser", { id: closed.id });
    await expect(login(ann.username, "wrong password")).rejects.toEqual(REFUSED);
    await expect(login("nobody at all")).rejects.toEqual(REFUSED);
    await expect(login("")).rejects.toEqual(REFUSED);
    await expect(login(closed.username)).rejects.toEqual(REFUSED);
  });

  test("names the invalid field", async () => {
    const names = (field: string) =>
      expect.objectContaining({ code: 400, data: { errors: [expect.objectContaining({ field })] } });
    await expect(login("a\u0000b")).rejects.toEqual(names("username"));
    await expect(login("ann", "x".repeat(1001))).rejects.toEqual(names("password"));
    await expect(login("ann", 7 as unknown as string)).rejects.toEqual(names("password"));
  });

  test("accepts an accented password in any Unicode form", async () => {
    const composed = "caf\u00e9 au lait";
    const username = `user${++count}`;
    await system.call("identity.register", {
      username,
      email: `${username}@example.com`,
      password: composed,
    });
    await expect(login(username, composed.normalize("NFD"))).resolves.toHaveProperty("access");
  });

  test("whose password is replaced while it is checked opens no session", async () => {
    const [{ id, username }, other] = [await newUser(), await newUser()];
    const db = system.db("identity");
    const trx = await db.transaction();
    const password_hash = trx("users").where({ id: other.id }).select("password_hash");
    await trx("users").where({ id }).update({ password_hash });
    const outcome = Promise.allSettled([login(username)]);
    await eventually(() => waitsForLock(db));
    await trx.commit();
    expect(await outcome).toEqual([{ status: "rejected", reason: REFUSED }]);
    expect(await db("sessions").where({ user_id: id })).toEqual([]);
  });

  test("at the same time as a new password fails or ends with the old session", async () => {
    const { id, username } = await newUser();
    const [session] = await Promise.allSettled([
      login(username),
      system.call("identity.updateUser", { id, password: "quite another one" }),
    ]);
    const token = session.status === "fulfilled" ? session.value.refresh : "none, the login lost";
    await expect(refresh(token)).rejects.toEqual(INVALID);
  });
});

describe("the throttle", () => {
  interface From {
    client?: string;
    on?: System;
    device?: string;
  }
  const fail = (username: string, from?: From) =>
    login(username, "wrong password", from).catch((error: unknown) => error);
  /** Fails so many times at once; one after the other, each would wait longer than the one before. */
  const failTimes = async (times: number, username: string, from?: From) => {
    const attempts = Array.from({ length: times }, () => fail(username, from));
    expect(await Promise.all(attempts)).toEqual(attempts.map(() => REFUSED));
  };
  const makeOlder = (username: string, minutes: number) =>
    system.db("identity").raw(
      `UPDATE login_attempts SET attempted_at = attempted_at - make_interval(mins => ?)
         WHERE username = lower(?)`,
      [minutes, username],
    );
  /** Writes failures of a user name from as many addresses. */
  const failElsewhere = (username: string, times: number) =>
    system.db("identity").raw(
      `INSERT INTO login_attempts (username, origin, failed)
       SELECT lower(?), 'address ' || n, true FROM generate_series(1, ?::integer) AS n`,
      [username, times],
    );
  const took_ms = async (work: Promise<unknown>) => {
    const began = performance.now();
    await work;
    return performance.now() - began;
  };

  test("refuses a name from an address after ten failures, on every instance, for 15 minutes", async () => {
    const { username } = await newUser();
    const client = "192.0.2.10";
    await failTimes(10, username, { client });
    expect(await fail(username.toUpperCase(), { client })).toEqual(THROTTLED);
    await expect(login(username, PASSWORD, { on: second, client })).rejects.toEqual(THROTTLED);
    await makeOlder(username, 14);
    const error = (await login(username, PASSWORD, { client }).catch((reason: unknown) => reason)) as {
      data: { retry_after_s: number };
    };
    expect(error.data.retry_after_s).toBeGreaterThan(0);
    expect(error.data.retry_after_s).toBeLessThanOrEqual(60);
    await makeOlder(username, 1);
    await expect(login(username, PASSWORD, { client })).resolves.toHaveProperty("access");
  });

  test("lets nobody lock out anybody else: other addresses and other names are free", async () => {
    const [victim, neighbour] = [await newUser(), await newUser()];
    const client = "192.0.2.11";
    await failTimes(10, victim.username, { client });
    await expect(login(victim.username)).resolves.toHaveProperty("access");
    await expect(login(neighbour.username, PASSWORD, { client })).resolves.toHaveProperty("access");
    expect(await fail(victim.username, { client })).toEqual(THROTTLED);
  });

  test("refuses nobody behind an address with fifty failures of others", async () => {
    const { username } = await newUser();
    const client = "192.0.2.12";
    const attempts = Array.from({ length: 50 }, (_, index) => fail(`guess ${index}`, { client }));
    expect(await Promise.all(attempts)).toEqual(Array.from({ length: 50 }, () => REFUSED));
    await expect(login(username, PASSWORD, { client })).resolves.toHaveProperty("access");
  });

  test("counts the addresses of one IPv6 network together", async () => {
    const { username } = await newUser();
    for (let host = 1; host <= 10; host++) await failTimes(1, username, { client: `2001:db8:9::${host}` });
    expect(await fail(username, { client: "2001:db8:9::ffff" })).toEqual(THROTTLED);
    await expect(login(username, PASSWORD, { client: "2001:db8:9:1::1" })).resolves.toHaveProperty("access");
  });

  test("only delays a name that fails everywhere, by two seconds at most", async () => {
    const { username } = await newUser();
    await failElsewhere(username, 7);
    const short_ms = await took_ms(login(username));
    expect(short_ms).toBeGreaterThanOrEqual(199);
    await failElsewhere(username, 5_000);
    const long_ms = await took_ms(login(username));
    expect(long_ms).toBeGreaterThanOrEqual(1_999);
    await makeOlder(username, 15);
    expect(await took_ms(login(username))).toBeLessThan(1_999);
  });

  test("skips both for a device that has signed in before, whatever happens elsewhere", async () => {
    const { username } = await newUser();
    const client = "192.0.2.13";
    const { device } = await login(username, PASSWORD, { client });
    await failTimes(10, username, { client });
    await failElsewhere(username, 5_000);
    expect(await fail(username, { client })).toEqual(THROTTLED);
    const renewed = await login(username, PASSWORD, { client, device, on: second });
    expect(renewed.device.split(".")[0]).toBe(device.split(".")[0]);
    await failTimes(12, username, { client, device });
    await expect(login(username, PASSWORD, { client, device })).resolves.toHaveProperty("access");
  });

  test("stops a device too, after fifty failures of its own, and nobody else with it", async () => {
    const { username } = await newUser();
    const { device } = await login(username);
    await system.db("identity").raw(
      `INSERT INTO login_attempts (username, origin, failed)
       SELECT lower(?), ?, true FROM generate_series(1, 50)`,
      [username, `device ${device.split(".")[0]}`],
    );
    await expect(login(username, PASSWORD, { device })).rejects.toEqual(THROTTLED);
    await expect(login(username)).resolves.toHaveProperty("access");
  });

  test("knows no device of another account, of an old password, or a forged one", async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    const client = "192.0.2.14";
    const { device: old } = await login(bob.username);
    await system.call("identity.updateUser", { id: bob.id, password: "quite another one" });
    const { device: other } = await login(ann.username);
    await failTimes(10, bob.username, { client });
    for (const device of [old, other, "forged", `${old}0`, ""])
      await expect(login(bob.username, "quite another one", { client, device })).rejects.toEqual(THROTTLED);
  });

  test("treats unknown names like others", async () => {
    await failTimes(10, "nobody", { client: "192.0.2.15" });
    expect(await fail("nobody", { client: "192.0.2.15" })).toEqual(THROTTLED);
    const { device } = await login((await newUser()).username);
    expect(await fail("nobody", { client: "192.0.2.15", device })).toEqual(THROTTLED);
  });

  test("starts again for a name and an address that have logged in, not for other addresses", async () => {
    const { username } = await newUser();
    const [mine, theirs] = [{ client: "192.0.2.16" }, { client: "192.0.2.17" }];
    await failTimes(9, username, theirs);
    await failTimes(9, username, mine);
    await login(username, PASSWORD, mine);
    await failTimes(1, username, theirs);
    expect(await fail(username, theirs)).toEqual(THROTTLED);
    await failTimes(10, username, mine);
    expect(await fail(username, mine)).toEqual(THROTTLED);
  });

  test("checks the passwords of ten of thirty attempts at once on two instances", async () => {
    const { username } = await newUser();
    const attempts = Array.from({ length: 30 }, (_, index) =>
      fail(username, { client: "192.0.2.18", on: index % 2 === 0 ? system : second }),
    );
    const codes = (await Promise.all(attempts)).map((error) => (error as { code: number }).code);
    expect(codes.filter((code) => code === 401)).toHaveLength(10);
    expect(codes.filter((code) => code === 429)).toHaveLength(20);
  });

  test("does not count successes: thirty right logins at once succeed", async () => {
    const { username } = await newUser();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => login(username, PASSWORD, { client: "one office" })),
    );
    expect(reasons(outcomes)).toEqual([]);
    expect(await system.db("identity")("login_attempts").where({ origin: "address one office" })).toEqual([]);
  });
});

describe("a flood", () => {
  test("of calls by another service is refused before anything is hashed or written", async () => {
    const hashing = jest.spyOn(HashingQueue.prototype, "run");
    const stolen = system.as(asService("notifications"));
    const calls = Array.from({ length: 300 }, (_, index) =>
      stolen("identity.login", { username: `user ${index}`, password: PASSWORD, client: "a stolen service" }),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(reasons(outcomes).map(({ code }) => code)).toEqual(Array.from({ length: 300 }, () => 403));
    expect(hashing).not.toHaveBeenCalled();
    expect(await system.db("identity")("login_attempts").whereILike("origin", "%stolen%")).toEqual([]);
    hashing.mockRestore();
  });

  test("of sign-ups from many addresses delays no login, and is refused where it is too much", async () => {
    const { username } = await newUser();
    const log = jest.spyOn(system.broker.getLocalService("identity").logger, "error");
    const done: string[] = [];
    const signUps = Array.from({ length: 60 }, async (_, index) => {
      const name = `flood${++count}`;
      await system.as(ANONYMOUS)("identity.register", {
        username: name,
        email: `${name}@example.com`,
        password: PASSWORD,
        client: `198.51.100.${index}`,
      });
      done.push("sign-up");
    });
    const logins = Array.from({ length: 3 }, async () => {
      await login(username);
      done.push("login");
    });
    const outcomes = await Promise.allSettled(signUps);
    await Promise.all(logins);
    const refused = reasons(outcomes);
    expect(refused.length).toBeGreaterThanOrEqual(60 - 32 - 4);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: 503, type: "service.overloaded", data: { retry_after_s: 2 } });
    }
    // A line for each refusal would make the flood worse.
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
    // With the logins in one line with the sign-ups, they would come last.
    expect(done.lastIndexOf("login")).toBeLessThan(done.length / 2);
  });

  test("of logins from one address delays those of others by a turn, and is refused itself", async () => {
    const { username } = await newUser();
    const done: string[] = [];
    const flood = Array.from({ length: 120 }, async (_, index) => {
      await login(`guess ${index}`, "wrong password", { client: "203.0.113.66" }).catch((error: unknown) => {
        if ((error as { code: number }).code === 503) throw error;
      });
      done.push("guess");
    });
    await login(username);
    const before = done.length;
    const refused = reasons(await Promise.allSettled(flood));
    expect(refused.length).toBeGreaterThan(0);
    expect(before).toBeLessThan(done.length / 2);
  });
});

describe("refreshing", () => {
  test("gives a new pair in the same session, with the user's present rights", async () => {
    const { id, username } = await newUser();
    const first = await login(username);
    await system.call("identity.updateUser", { id, is_staff: true });
    const next = await refresh(first.refresh);
    expect(await read(next.access)).toMatchObject({ sub: id, staff: true });
    expect(next.refresh).not.toBe(first.refresh);
    expect(await tokenRow(first.refresh)).toMatchObject({ used_at: expect.any(String) });
    expect((await sessionOf(next.access)).id).toBe((await sessionOf(first.access)).id);
    await expect(refresh(next.refresh, second)).resolves.toHaveProperty("refresh");
  });

  test("with a token used over ten seconds ago ends the whole session, but no other session", async () => {
    const { username } = await newUser();
    const [stolen, elsewhere] = [await login(username), await login(username)];
    const next = await refresh(stolen.refresh);
    await makeUsedBefore(stolen.refresh, 9);
    expect((await refresh(stolen.refresh)).refresh).toBe(next.refresh);
    await makeUsedBefore(stolen.refresh, 11);
    await expect(refresh(stolen.refresh)).rejects.toEqual(INVALID);
    expect((await system.call("identity.revocations", {})).items).toContain(
      (await sessionOf(next.access)).id,
    );
    await expect(refresh(next.refresh)).rejects.toEqual(INVALID);
    await expect(refresh(elsewhere.refresh)).resolves.toHaveProperty("access");
  });

  test("ten times at once, on two instances, gives one successor, which works", async () => {
    const { username } = await newUser();
    const { refresh: token } = await login(username);
    const pairs = await Promise.all(
      Array.from({ length: 10 }, (_, index) => refresh(token, index % 2 === 0 ? system : second)),
    );
    const successors = new Set(pairs.map((pair) => pair.refresh));
    expect(successors.size).toBe(1);
    for (const { access } of pairs) await expect(read(access)).resolves.toHaveProperty("sid");
    await expect(refresh([...successors][0] as string)).resolves.toHaveProperty("access");
  });

  test("a moment after the successor was used too gives the newest token", async () => {
    const { username } = await newUser();
    const first = await login(username);
    const newest = await refresh((await refresh(first.refresh)).refresh);
    expect((await refresh(first.refresh)).refresh).toBe(newest.refresh);
  });

  test("at the same time as a late second use leaves an ended session", async () => {
    const { username } = await newUser();
    for (let round = 0; round < 5; round++) {
      const first = await login(username);
      const next = await refresh(first.refresh);
      await makeUsedBefore(first.refresh, 11);
      await Promise.allSettled([refresh(next.refresh), refresh(first.refresh, second)]);
      expect((await sessionOf(first.access)).ended_at).not.toBeNull();
      await expect(refresh(next.refresh)).rejects.toEqual(INVALID);
    }
  });

  test("within the grace gives nothing after a sign-out or to a closed account", async () => {
    const [ann, closed] = [await newUser(), await newUser()];
    const [out, shut] = [await login(ann.username), await login(closed.username)];
    for (const { refresh: token } of [out, shut]) await refresh(token);
    await system.as(ANONYMOUS)("identity.revoke", { refresh: out.refresh });
    await system.call("identity.deactivateUser", { id: closed.id });
    for (const { refresh: token } of [out, shut]) await expect(refresh(token)).rejects.toEqual(INVALID);
  });

  test("gives the same error for unknown, expired and revoked tokens", async () => {
    const { username } = await newUser();
    const [expired, revoked] = [await login(username), await login(username)];
    const hash = createHash("sha256").update(expired.refresh).digest("hex");
    await system.db("identity").raw(
      `UPDATE refresh_tokens SET created_at = created_at - interval '31 days', expires_at = now()
         WHERE hash = ?`,
      [hash],
    );
    // Before the doorbell rings: a worker then deletes what has expired.
    await expect(refresh(expired.refresh)).rejects.toEqual(INVALID);
    await system.as(ANONYMOUS)("identity.revoke", { refresh: revoked.refresh });
    for (const token of ["unknown", "", "\u0000", expired.refresh, revoked.refresh]) {
      await expect(refresh(token)).rejects.toEqual(INVALID);
    }
  });

  test("ends with a deactivation, lost staff rights and a new password; so do access tokens", async () => {
    for (const change of [{ is_active: false }, { is_staff: false }, { password: "quite another one" }]) {
      const { id, username } = await newUser({ staff: true });
      const { access, refresh: token } = await login(username);
      await system.call("identity.updateUser", { id, ...change });
      await expect(refresh(token)).rejects.toEqual(INVALID);
      const { items: ended } = await system.call("identity.revocations", {});
      expect(ended).toContain((await sessionOf(access)).id);
      if ("is_active" in change) await system.call("identity.updateUser", { id, is_active: true });
      const later = await login(username, change.password);
      expect(ended).not.toContain((await sessionOf(later.access)).id);
    }
  });
});

describe("signing out", () => {
  test("ends the session, also with an older token of it, and answers the same for any token", async () => {
    const { username } = await newUser();
    const [first, other] = [await login(username), await login(username)];
    const next = await refresh(first.refresh);
    const revoke = (token: string) => system.as(ANONYMOUS)("identity.revoke", { refresh: token });
    expect(await revoke(first.refresh)).toBeNull();
    expect((await system.call("identity.revocations", {})).items).toContain(
      (await sessionOf(next.access)).id,
    );
    expect(await revoke(first.refresh)).toBeNull();
    expect(await revoke("unknown")).toBeNull();
    await expect(refresh(next.refresh)).rejects.toEqual(INVALID);
    await expect(refresh(other.refresh)).resolves.toHaveProperty("access");
  });
});

describe("signing keys", () => {
  const kidOf = ({ access }: { access: string }) => decode(access, { complete: true })?.header.kid;
  const active = () => system.db("identity")("signing_keys").where({ retired_at: null }).select("kid");

  test("are the same for both instances", async () => {
    const { username } = await newUser();
    expect(kidOf(await login(username))).toBe(kidOf(await login(username, PASSWORD, { on: second })));
    expect(await active()).toHaveLength(1);
  });

  test("are replaced; tokens of the old one stay valid, and its private key is deleted", async () => {
    const { username } = await newUser();
    const before = await login(username);
    const { kid } = await system.call("identity.rotateSigningKey", {});
    const after = await login(username);
    expect(kidOf(after)).toBe(kid);
    expect(kidOf(before)).not.toBe(kid);
    await expect(read(before.access)).resolves.toHaveProperty("sub");
    await expect(read(after.access)).resolves.toHaveProperty("sub");
    const old = await system
      .db("identity")("signing_keys")
      .where({ kid: kidOf(before) })
      .first("private_pem");
    expect(old).toEqual({ private_pem: null });
  });

  test("are replaced once by two instances at once", async () => {
    const kids = await Promise.all([system, second].map(({ call }) => call("identity.rotateSigningKey", {})));
    expect(await active()).toHaveLength(1);
    expect(kids.map(({ kid }) => kid)).toContain(((await active())[0] as { kid: string }).kid);
  });

  test("are replaced after ninety days, and not offered an hour later", async () => {
    const db = system.db("identity");
    const [{ kid }] = (await active()) as [{ kid: string }];
    await db.raw("UPDATE signing_keys SET created_at = now() - interval '90 days 1 second' WHERE kid = ?", [
      kid,
    ]);
    await system.drain();
    const offered = async () => (await system.call("identity.publicKeys", {})).map((key) => key.kid);
    const [current] = await offered();
    expect(await active()).toEqual([{ kid: current }]);
    expect(current).not.toBe(kid);
    expect(await offered()).toContain(kid);
    await db.raw("UPDATE signing_keys SET retired_at = now() - interval '1 hour' WHERE kid = ?", [kid]);
    expect(await offered()).not.toContain(kid);
  });

  test("are only for the system", async () => {
    const caller = user("0198c5f0-0000-7000-8000-000000000000", { staff: true });
    for (const action of [
      "identity.publicKeys",
      "identity.rotateSigningKey",
      "identity.revocations",
    ] as const) {
      await expect(system.as(caller)(action, {})).rejects.toMatchObject({ code: 403 });
    }
  });
});

test("only what has expired is deleted", async () => {
  const { username } = await newUser();
  const [expired, alive] = [await login(username), await login(username)];
  const hash = createHash("sha256").update(expired.refresh).digest("hex");
  const db = system.db("identity");
  await db.raw(
    `UPDATE refresh_tokens
     SET created_at = now() - interval '31 days', expires_at = now() - interval '1 day' WHERE hash = ?`,
    [hash],
  );
  await db.raw(
    `INSERT INTO login_attempts (username, origin, attempted_at)
     VALUES ('old', 'housekeeping', now() - interval '15 minutes'), ('new', 'housekeeping', now())`,
  );
  await db.raw(
    `INSERT INTO registrations (address, registered_at)
     VALUES ('old', now() - interval '1 hour'), ('new', now() - interval '59 minutes')`,
  );
  await system.drain();
  expect(await tokenRow(expired.refresh)).toBeUndefined();
  expect(await tokenRow(alive.refresh)).toBeDefined();
  await db("sessions")
    .update({ created_at: db.raw("now() - interval '31 days'") })
    .whereIn("id", [(await sessionOf(expired.access)).id, (await sessionOf(alive.access)).id]);
  await system.drain();
  expect(await sessionOf(expired.access)).toBeUndefined();
  expect(await sessionOf(alive.access)).toBeDefined();
  expect(await db("login_attempts").where({ origin: "housekeeping" }).select("username")).toEqual([
    { username: "new" },
  ]);
  expect(await db("registrations").whereIn("address", ["old", "new"]).pluck("address")).toEqual(["new"]);
});
