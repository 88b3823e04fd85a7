import { randomUUID } from "node:crypto";
import { verify } from "@node-rs/argon2";
import { ANONYMOUS } from "../../../shared/service/caller";
import type { ParamsOf, ResultOf } from "../../../shared/contracts";
import type { User } from "../../../shared/contracts/identity";
import { countRegistration } from "../../../services/identity/registration-limit";
import { eventually, startSystem, user, waitsForLock, type System } from "../../support/system";

const PASSWORD = "a fine password";

let system: System;
let admin: User;
let count = 0;

beforeAll(async () => {
  system = await startSystem({ services: ["identity"] });
  const { items } = await system.call("identity.listUsers", {});
  admin = items[0] as User;
});
afterAll(() => system.stop());

const newcomer = () => ({
  username: `user${++count}`,
  email: `user${count}@example.com`,
  password: PASSWORD,
});
const register = (given: Partial<ParamsOf<"identity.register">> = {}) =>
  system.as(ANONYMOUS)("identity.register", { ...newcomer(), ...given });
const asUser = ({ id }: { id: string }) => system.as(user(id));
const asAdmin = () => system.as(user(admin.id, { staff: true }));
const refused = (code: number, type: string, ...fields: string[]) =>
  expect.objectContaining({
    code,
    type,
    data: fields.length === 0 ? {} : { errors: fields.map((field) => expect.objectContaining({ field })) },
  });
const invalid = (...fields: string[]) => refused(400, "request.invalid", ...fields);
const events = (subjectId: string) =>
  system.db("identity")("outbox").where({ subject_id: subjectId }).orderBy("seq").select("type", "payload");
const row = async (id: string) =>
  (await system.db("identity")("users").where({ id }).first()) as Record<string, unknown>;

/** Opens a session as a login does. @returns its id */
async function openSession(user_id: string): Promise<string> {
  const [{ id }] = (await system.db("identity")("sessions").insert({ user_id }).returning("id")) as [
    { id: string },
  ];
  return id;
}
/** Of each session of a user, whether it has ended. */
const endedSessions = (user_id: string) =>
  system
    .db("identity")("sessions")
    .where({ user_id })
    .orderBy("id")
    .pluck("ended_at")
    .then((all) => all.map((at) => at !== null));

/** Runs something that must be refused, and checks that no user and no event has changed. */
async function expectRefused(work: () => Promise<unknown>, error: unknown): Promise<void> {
  const db = system.db("identity");
  const before = [await db("users").orderBy("id"), await db("outbox").orderBy("seq")];
  await expect(work()).rejects.toEqual(error);
  expect([await db("users").orderBy("id"), await db("outbox").orderBy("seq")]).toEqual(before);
}

describe("registering", () => {
  test("creates a customer and an event, and shows no secret", async () => {
    const made = await register({ username: "Ann", email: "Ann@example.com" });
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: "Ann",
      email: "Ann@example.com",
      email_confirmed_at: null,
      is_staff: false,
      is_active: true,
      date_joined: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    });
    const { date_joined: _, email_confirmed_at: __, ...fact } = made;
    expect(await events(made.id)).toEqual([{ type: "user.registered", payload: fact }]);
  });

  test("stores the password only as an argon2id hash", async () => {
    const { id } = await register();
    const { password_hash } = await row(id);
    expect(password_hash).toMatch(/^\$argon2id\$/);
    expect(await verify(password_hash as string, PASSWORD)).toBe(true);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ["an empty name", { username: "" }, ["username", "username"]],
    ["a name like an option", { username: "--help" }, ["username"]],
    ["a name with a space", { username: "a b" }, ["username"]],
    ["a name with a line break", { username: "ann\n" }, ["username"]],
    ["a name with NUL", { username: "a\u0000" }, ["username"]],
    ["a name that is too long", { username: "a".repeat(151) }, ["username"]],
    ["no address", { email: "nobody" }, ["email"]],
    ["a missing address", { email: undefined }, ["email"]],
    ["a short password", { password: "short" }, ["password"]],
    ["a long password", { password: "x1".repeat(65) }, ["password"]],
    ["a common password", { password: "Password123" }, ["password"]],
    ["a number for a password", { password: 12345678 }, ["password"]],
    ["the name as password", { username: "carpenter", password: "Carpenter" }, ["password"]],
    ["the mailbox as password", { email: "carpenter@example.com", password: "carpenter" }, ["password"]],
    ["staff by registering", { is_staff: true }, ["is_staff"]],
    ["unknown fields, each named", { role: "staff", id: randomUUID() }, ["role", "id"]],
  ])("refuses %s", async (_, given, fields) => {
    await expectRefused(() => register(given), invalid(...fields));
  });

  test("refuses a name in use, ignoring case", async () => {
    const taken = await register();
    await expectRefused(() => register({ username: taken.username.toUpperCase() }), invalid("username"));
  });

  test("ten at once with one name create one account", async () => {
    const wanted = { username: newcomer().username };
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => register(wanted)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(errors).toEqual(Array.from({ length: 9 }, () => invalid("username")));
  });
});

describe("registrations from one address", () => {
  let small: System;
  beforeAll(async () => {
    const env = { REGISTRATIONS_PER_HOUR: "3" };
    small = await startSystem({ services: ["identity"], databaseUrl: system.databaseUrl, env });
  });
  afterAll(() => small.stop());

  const from = (client: string, given: object = {}) =>
    small.as(ANONYMOUS)("identity.register", { ...newcomer(), client, ...given });
  const makeOlder = (client: string, minutes: number) =>
    system
      .db("identity")
      .raw(
        "UPDATE registrations SET registered_at = registered_at - make_interval(mins => ?) WHERE address = ?",
        [minutes, client],
      );
  const THROTTLED = {
    code: 429,
    type: "request.throttled",
    data: { retry_after_s: expect.any(Number) as number },
  };

  test("are limited in an hour, counted over all instances; other addresses are free", async () => {
    const client = "192.0.2.1";
    await system.as(ANONYMOUS)("identity.register", { ...newcomer(), client });
    await from(client);
    await from(client);
    const refusedUser = newcomer();
    await expect(from(client, refusedUser)).rejects.toMatchObject(THROTTLED);
    expect(await system.db("identity")("users").where({ username: refusedUser.username })).toEqual([]);
    await expect(from("192.0.2.2")).resolves.toHaveProperty("id");
    await makeOlder(client, 59);
    const error = (await from(client).catch((reason: unknown) => reason)) as typeof THROTTLED;
    expect(error).toMatchObject(THROTTLED);
    expect(error.data.retry_after_s).toBeLessThanOrEqual(60);
    await makeOlder(client, 1);
    await expect(from(client)).resolves.toHaveProperty("id");
  });

  test("on two instances at once count one after the other", async () => {
    const client = "192.0.2.77";
    const db = system.db("identity");
    const first = await db.transaction();
    await countRegistration(first, client, 1);
    const second = Promise.allSettled([countRegistration(db, client, 1)]);
    await eventually(() => waitsForLock(small.db("identity")));
    await first.commit();
    expect(await second).toEqual([{ status: "rejected", reason: expect.objectContaining({ code: 429 }) }]);
  });

  test("at once are limited too, and those of one IPv6 network are one", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, host) => from(`2001:db8:5::${host}`)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  });

  test("count where the name is taken, but not where the input is wrong", async () => {
    const { username } = await register();
    for (let wrong = 0; wrong < 5; wrong++)
      await expect(from("192.0.2.3", { password: "Password123" })).rejects.toEqual(invalid("password"));
    for (let taken = 0; taken < 3; taken++)
      await expect(from("192.0.2.3", { username })).rejects.toEqual(invalid("username"));
    await expect(from("192.0.2.3")).rejects.toMatchObject(THROTTLED);
  });

  test("do not limit accounts that staff create", async () => {
    for (let more = 0; more < 5; more++)
      await expect(
        small.as(user(admin.id, { staff: true }))("identity.createUser", { ...newcomer(), is_staff: false }),
      ).resolves.toHaveProperty("id");
  });
});

describe("an email address that another account has", () => {
  const told = async (id: string) =>
    (await events(id)).flatMap(({ type, payload }) => (type === "user.email_used_again" ? [payload] : []));

  test("can be registered: answer, login and account are like any other; its owner is told", async () => {
    const owner = await register({ email: `Owner${++count}@example.com` });
    const free = await register();
    const second = await register({ email: owner.email.toUpperCase() });
    const plain = (made: User) => ({ ...made, id: "", username: "", email: "", date_joined: "" });
    expect(plain(second)).toEqual(plain(free));
    for (const { username } of [free, second]) {
      const login = { username, password: PASSWORD, client: "anywhere" };
      expect(await system.as(ANONYMOUS)("identity.login", login)).toHaveProperty("access");
    }
    expect(await asUser(second)("identity.getUser", { id: second.id })).toEqual(second);
    expect(await told(owner.id)).toEqual([{ user_id: owner.id, username: second.username }]);
    expect([await told(second.id), await told(free.id)]).toEqual([[], []]);
  });

  test("can be chosen in a change, which tells its owner; a new case of the own one does not", async () => {
    const [owner, other] = [await register(), await register()];
    const upper = other.email.toUpperCase();
    const recased = await asUser(other)("identity.updateUser", { id: other.id, email: upper });
    expect(recased).toMatchObject({ email: upper });
    expect(await told(other.id)).toEqual([]);
    const change = (email: string) => asAdmin()("identity.updateUser", { id: other.id, email });
    expect(await change(owner.email)).toMatchObject({ id: other.id, email: owner.email });
    expect(await told(owner.id)).toEqual([{ user_id: owner.id, username: other.username }]);
  });

  test("of a closed account tells nobody", async () => {
    const owner = await register();
    await asUser(owner)("identity.deactivateUser", { id: owner.id });
    await register({ email: owner.email });
    expect(await told(owner.id)).toEqual([]);
  });
});

describe("accounts created by staff", () => {
  test("may be staff", async () => {
    const made = await asAdmin()("identity.createUser", { ...newcomer(), is_staff: true });
    expect(made).toMatchObject({ is_staff: true, is_active: true });
    expect(await events(made.id)).toMatchObject([{ type: "user.registered", payload: { is_staff: true } }]);
  });

  test("may be created by an operator too, but not by customers or with a weak password", async () => {
    const customer = await register();
    expect(await system.call("identity.createUser", { ...newcomer(), is_staff: false })).toMatchObject({
      is_staff: false,
    });
    const make =
      (call: System["call"], password = PASSWORD) =>
      () =>
        call("identity.createUser", { ...newcomer(), password, is_staff: true });
    await expectRefused(make(asUser(customer)), refused(403, "request.forbidden"));
    await expectRefused(make(system.as(ANONYMOUS)), refused(401, "request.not_authenticated"));
    await expectRefused(make(asAdmin(), "password1"), invalid("password"));
  });
});

describe("reading", () => {
  test("customers see only themselves; others are 404", async () => {
    const [ann, bob] = [await register(), await register()];
    expect(await asUser(ann)("identity.getUser", { id: ann.id })).toEqual(ann);
    const error = refused(404, "user.not_found");
    await expect(asUser(ann)("identity.getUser", { id: bob.id })).rejects.toEqual(error);
    await expect(asUser(ann)("identity.getUser", { id: randomUUID() })).rejects.toEqual(error);
    expect(await asUser(ann)("identity.listUsers", {})).toEqual({ items: [ann], next: null });
  });

  test("staff see everybody, in pages, in the order of joining", async () => {
    const joined = [await register(), await register(), await register()];
    expect(await asAdmin()("identity.getUser", { id: joined[0]?.id as string })).toEqual(joined[0]);
    await expect(asAdmin()("identity.getUser", { id: randomUUID() })).rejects.toEqual(
      refused(404, "user.not_found"),
    );

    const all: User[] = [];
    let cursor: string | null = null;
    do {
      const after = cursor === null ? {} : { cursor };
      const page: ResultOf<"identity.listUsers"> = await asAdmin()("identity.listUsers", {
        limit: 4,
        ...after,
      });
      expect(page.items.length).toBeLessThanOrEqual(4);
      all.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    expect(all.slice(-3)).toEqual(joined);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test("an invalid cursor, an invalid id and an anonymous caller are refused", async () => {
    for (const cursor of ["nonsense", Buffer.from('["x"]').toString("base64url")]) {
      await expect(asAdmin()("identity.listUsers", { cursor })).rejects.toEqual(invalid("cursor"));
    }
    await expect(asAdmin()("identity.getUser", { id: "7" })).rejects.toEqual(invalid("id"));
    await expect(system.as(ANONYMOUS)("identity.listUsers", {})).rejects.toEqual(
      refused(401, "request.not_authenticated"),
    );
  });
});

describe("changing", () => {
  test("a user's name and address keeps the session", async () => {
    const { id } = await register();
    await openSession(id);
    const changed = await asAdmin()("identity.updateUser", {
      id,
      username: "renamed",
      email: "renamed@example.com",
    });
    expect(changed).toMatchObject({ id, username: "renamed", email: "renamed@example.com" });
    expect(await endedSessions(id)).toEqual([false]);
    expect(await events(id)).toMatchObject([
      { type: "user.registered" },
      { type: "user.updated", payload: { username: "renamed", email: "renamed@example.com" } },
      { type: "user.email_changed" },
    ]);
  });

  test("to the same values writes nothing and no event", async () => {
    const ann = await register();
    expect(await asUser(ann)("identity.updateUser", { id: ann.id })).toEqual(ann);
    expect(await asUser(ann)("identity.updateUser", { id: ann.id, email: ann.email })).toEqual(ann);
    expect(await events(ann.id)).toHaveLength(1);
  });

  test("to a name in use is refused; the case of the own one may change", async () => {
    const [ann, bob] = [await register(), await register()];
    const change = (given: object) => () => asUser(ann)("identity.updateUser", { id: ann.id, ...given });
    await expectRefused(change({ username: bob.username.toUpperCase() }), invalid("username"));
    expect(await change({ username: ann.username.toUpperCase() })()).toMatchObject({
      username: ann.username.toUpperCase(),
    });
  });

  test("another user is 404", async () => {
    const [ann, bob] = [await register(), await register()];
    const error = refused(404, "user.not_found");
    await expectRefused(() => asUser(ann)("identity.updateUser", { id: bob.id, username: "stolen" }), error);
    await expectRefused(() => asUser(ann)("identity.deactivateUser", { id: bob.id }), error);
    await expectRefused(
      () => asAdmin()("identity.updateUser", { id: randomUUID(), username: "ghost" }),
      error,
    );
    await expectRefused(() => asAdmin()("identity.deactivateUser", { id: randomUUID() }), error);
  });

  test("rights is for staff: even an unchanged value is refused, with the field name", async () => {
    const { id } = await register();
    const change = (given: object) => () =>
      asUser({ id })("identity.updateUser", { id, email: "x@example.com", ...given });
    await expectRefused(change({ is_staff: true }), refused(403, "request.forbidden", "is_staff"));
    await expectRefused(
      change({ is_staff: false, is_active: true }),
      refused(403, "request.forbidden", "is_staff", "is_active"),
    );
    await expectRefused(change({ token_version: 7 }), invalid("token_version"));
  });

  test("new staff rights keep sessions, lost ones end them", async () => {
    const { id } = await register();
    const session = await openSession(id);
    const change = (is_staff: boolean) => asAdmin()("identity.updateUser", { id, is_staff });
    expect(await change(true)).toMatchObject({ is_staff: true });
    expect(await endedSessions(id)).toEqual([false]);
    expect(await change(false)).toMatchObject({ is_staff: false });
    expect(await endedSessions(id)).toEqual([true]);
    expect(await system.call("identity.revocations", {})).toMatchObject({
      items: expect.arrayContaining([session]),
    });
  });

  test("closes an account for its owner or staff, and opens it again for staff", async () => {
    const { id } = await register();
    await openSession(id);
    expect(await asUser({ id })("identity.deactivateUser", { id })).toBeNull();
    expect(await asAdmin()("identity.deactivateUser", { id })).toBeNull();
    expect(await events(id)).toMatchObject([
      { type: "user.registered" },
      { type: "user.updated", payload: { is_active: false } },
    ]);
    expect(await row(id)).toMatchObject({ is_active: false });
    expect(await endedSessions(id)).toEqual([true]);
    expect(await asAdmin()("identity.updateUser", { id, is_active: true })).toMatchObject({
      is_active: true,
    });
  });

  test("revocations are listed for sixteen minutes", async () => {
    const { id } = await register();
    const session = await openSession(id);
    await asUser({ id })("identity.deactivateUser", { id });
    const age = (minutes: number) =>
      system
        .db("identity")
        .raw("UPDATE sessions SET ended_at = now() - make_interval(mins => ?) WHERE id = ?", [
          minutes,
          session,
        ]);
    const told = async () => (await system.call("identity.revocations", {})).items.includes(session);
    await age(15);
    expect(await told()).toBe(true);
    await age(16);
    expect(await told()).toBe(false);
  });
});

describe("a new password", () => {
  const NEXT = "another fine one";

  test("can come with other changes, which are all made", async () => {
    const { id } = await register();
    const username = `${id.slice(-8)}-new`;
    const changed = await asAdmin()("identity.updateUser", { id, username, password: NEXT });
    expect(changed).toMatchObject({ id, username });
    expect(await verify((await row(id)).password_hash as string, NEXT)).toBe(true);
  });

  test("for oneself needs the current one, and replaces it", async () => {
    const { id } = await register();
    await openSession(id);
    const change = (given: object) => () =>
      asUser({ id })("identity.updateUser", { id, password: NEXT, ...given });
    await expectRefused(change({}), invalid("current_password"));
    await expectRefused(change({ current_password: "wrong" }), invalid("current_password"));
    expect(await change({ current_password: PASSWORD })()).toMatchObject({ id });
    const { password_hash } = await row(id);
    expect(await verify(password_hash as string, NEXT)).toBe(true);
    expect(await endedSessions(id)).toEqual([true]);
    expect(await events(id)).toMatchObject([{ type: "user.registered" }, { type: "user.updated" }]);
  });

  test("follows the rules, also for a new name in the same request", async () => {
    const { id } = await register();
    const change = (given: { password: string; username?: string }) => () =>
      asUser({ id })("identity.updateUser", { id, current_password: PASSWORD, ...given });
    await expectRefused(change({ password: "password1" }), invalid("password"));
    await expectRefused(change({ password: "shorty" }), invalid("password"));
    await expectRefused(change({ password: "longlongname", username: "longlongname" }), invalid("password"));
  });

  test("may be set by staff for others without the current one; for themselves staff need it", async () => {
    const { id } = await register();
    const other = await asAdmin()("identity.createUser", { ...newcomer(), is_staff: true });
    const asOther = system.as(user(other.id, { staff: true }));
    await asOther("identity.updateUser", { id, password: NEXT });
    expect(await verify((await row(id)).password_hash as string, NEXT)).toBe(true);
    await expectRefused(
      () => asOther("identity.updateUser", { id: other.id, password: NEXT }),
      invalid("current_password"),
    );
  });

  test("is the only use of a current password", async () => {
    const [ann, bob] = [await register(), await register()];
    const given = { current_password: PASSWORD };
    await expectRefused(
      () => asUser(ann)("identity.updateUser", { id: ann.id, ...given }),
      invalid("current_password"),
    );
    await expectRefused(
      () => asAdmin()("identity.updateUser", { id: bob.id, password: NEXT, ...given }),
      invalid("current_password"),
    );
  });

  test("requested ten times at once with one current password is set once", async () => {
    const { id } = await register();
    const change = (index: number) =>
      asUser({ id })("identity.updateUser", { id, password: `${NEXT} ${index}`, current_password: PASSWORD });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => change(index)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await events(id)).toHaveLength(2);
  });

  test("cannot be set by guessing the current one", async () => {
    const { id } = await register();
    const guess = (current_password: string) =>
      asUser({ id })("identity.updateUser", { id, password: NEXT, current_password });
    for (let attempt = 1; attempt <= 10; attempt++)
      await expect(guess(`${attempt}`)).rejects.toEqual(invalid("current_password"));
    await asUser({ id })("identity.updateUser", { id, username: `renamed${++count}` });
    await expect(guess(PASSWORD)).rejects.toMatchObject({
      code: 429,
      type: "request.throttled",
      data: { retry_after_s: expect.any(Number) },
    });
  });
});

describe("the last active staff account", () => {
  const LAST = refused(409, "user.last_staff");

  beforeAll(async () => {
    const { items } = await system.call("identity.listUsers", { limit: 200 });
    const others = items.filter(({ id, is_staff }) => is_staff && id !== admin.id);
    for (const { id } of others) await system.call("identity.updateUser", { id, is_staff: false });
  });

  test("cannot lose its rights or be closed, by anybody", async () => {
    const { id } = admin;
    await expectRefused(() => asAdmin()("identity.updateUser", { id, is_staff: false }), LAST);
    await expectRefused(() => asAdmin()("identity.updateUser", { id, is_active: false }), LAST);
    await expectRefused(() => asAdmin()("identity.deactivateUser", { id }), LAST);
    await expectRefused(() => system.call("identity.deactivateUser", { id }), LAST);
    const closed = await asAdmin()("identity.createUser", { ...newcomer(), is_staff: true });
    await asAdmin()("identity.deactivateUser", { id: closed.id });
    await expectRefused(() => asAdmin()("identity.deactivateUser", { id }), LAST);
  });

  test("remains when all staff accounts are closed at once", async () => {
    const staff = [admin];
    for (let more = 0; more < 4; more++) {
      staff.push(await asAdmin()("identity.createUser", { ...newcomer(), is_staff: true }));
    }
    const outcomes = await Promise.allSettled(
      staff.map(({ id }) => system.as(user(id, { staff: true }))("identity.deactivateUser", { id })),
    );
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(errors).toEqual([LAST]);
  });
});
