import { ensureFirstStaff } from "../../../services/identity/first-staff";
import { ANONYMOUS } from "../../../shared/service/caller";
import { runtimeOf } from "../../../shared/service/broker";
import { ConfigError } from "../../../shared/config/config";
import { openDatabase } from "../../../shared/db/open-database";
import { createDatabase, type TestDatabase } from "../../support/postgres";
import { startSystem, type System } from "../../support/system";

const STAFF = {
  STAFF_USERNAME: "chief",
  STAFF_EMAIL: "chief@example.com",
  STAFF_PASSWORD: "a chief's password",
};

let database: TestDatabase;
const started: System[] = [];

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  for (const system of started.splice(0)) await system.stop();
  await database.drop();
});

/** Starts identity on the test's database. */
async function start(env: Record<string, string> = {}): Promise<System> {
  const system = await startSystem({ services: ["identity"], databaseUrl: database.url, env });
  started.push(system);
  return system;
}
const login = (system: System, username: string, password: string) =>
  system.as(ANONYMOUS)("identity.login", { username, password, client: "test" });
const users = async (system: System) => (await system.call("identity.listUsers", {})).items;
const announced = (system: System) => runtimeOf(system.broker).announcements;

describe("without STAFF_*, in one process", () => {
  test("an account is created; its password is shown once and works", async () => {
    const first = await start();
    expect(announced(first)).toEqual([
      expect.stringMatching(/^First staff account {2}admin \/ [\w-]{24} {2}\(shown once\)$/),
    ]);
    const password = announced(first)[0]?.split(/\s+/)[5] as string;
    await expect(login(first, "admin", password)).resolves.toHaveProperty("access");
    expect(await users(first)).toMatchObject([{ username: "admin", is_staff: true, is_active: true }]);

    const again = await start();
    expect(announced(again)).toEqual([]);
    expect(await users(again)).toHaveLength(1);
  });

  test("instances that start together create one account", async () => {
    const systems = await Promise.all([start(), start(), start()]);
    expect(systems.flatMap(announced)).toHaveLength(1);
    expect(await users(systems[0])).toHaveLength(1);
  });

  test("a customer named admin stays a customer", async () => {
    const before = await start(STAFF);
    const given = { username: "Admin", email: "a@example.com", password: "a customer's password" };
    await before.as(ANONYMOUS)("identity.register", given);
    await before.db("identity").raw(`
      TRUNCATE customer_users;
      DELETE FROM customers WHERE name = 'chief';
      DELETE FROM users WHERE username = 'chief'`);

    const after = await start();
    expect(announced(after)).toEqual([
      expect.stringMatching(/^First staff account {2}admin-[0-9a-f]{8} \/ /),
    ]);
    expect((await users(after)).map(({ is_staff }) => is_staff)).toEqual([false, true]);
  });
});

test("with NATS, no account is created without STAFF_*", async () => {
  const system = await start(STAFF);
  await system.db("identity").raw("TRUNCATE users CASCADE");
  const env = { config: { ...system.config, staff: undefined, oneProcess: false } };
  await ensureFirstStaff(env as unknown as Parameters<typeof ensureFirstStaff>[0]);
  expect(await users(system)).toEqual([]);
});

describe("with STAFF_*", () => {
  test("that account is created once, and nothing is shown", async () => {
    const systems = await Promise.all([start(STAFF), start(STAFF)]);
    for (const system of systems) {
      expect(announced(system)).toEqual([]);
      await expect(login(system, "chief", STAFF.STAFF_PASSWORD)).resolves.toHaveProperty("access");
    }
    expect(await users(systems[0])).toMatchObject([
      { username: "chief", email: "chief@example.com", is_staff: true },
    ]);
    const facts = await systems[0].db("identity")("outbox").select("type");
    expect(facts).toEqual([{ type: "user.registered" }, { type: "customer.created" }]);
  });

  test("an existing staff account keeps its password", async () => {
    const first = await start(STAFF);
    const again = await start({ ...STAFF, STAFF_USERNAME: "CHIEF", STAFF_PASSWORD: "some other password" });
    await expect(login(again, "chief", STAFF.STAFF_PASSWORD)).resolves.toHaveProperty("access");
    await expect(login(again, "chief", "some other password")).rejects.toMatchObject({ code: 401 });
    expect(await users(first)).toHaveLength(1);
  });

  test("a customer becomes staff only if STAFF_PASSWORD is their password", async () => {
    const before = await start();
    const customer = { username: "chief", email: "chief@example.com", password: STAFF.STAFF_PASSWORD };
    await before.as(ANONYMOUS)("identity.register", customer);
    const isStaff = async (system: System) =>
      (await users(system)).find(({ username }) => username === "chief")?.is_staff;

    expect(await isStaff(await start({ ...STAFF, STAFF_PASSWORD: "some other password" }))).toBe(false);
    expect(await isStaff(await start(STAFF))).toBe(true);
  });

  test.each([
    [{ STAFF_PASSWORD: "password1" }, "STAFF_PASSWORD: is too common"],
    [
      { STAFF_USERNAME: "the chief", STAFF_PASSWORD: "chief@example.com" },
      /^STAFF_USERNAME: may hold .*\nSTAFF_PASSWORD: must not be/,
    ],
  ])("%j cannot be used, and the start says so", async (given, message) => {
    const starting = start({ ...STAFF, ...given });
    await expect(starting).rejects.toThrow(ConfigError);
    await expect(starting).rejects.toThrow(message);
    const db = openDatabase({ url: database.url, schema: "identity", poolSize: 1 });
    expect(await db("users")).toEqual([]);
    await db.destroy();
  });

  test("the address may be that of another account: that must not prevent a start", async () => {
    const before = await start();
    await before.as(ANONYMOUS)("identity.register", {
      username: "ann",
      email: "Chief@example.com",
      password: "a fine password",
    });
    const { items } = await (await start(STAFF)).call("identity.listUsers", {});
    expect(
      items.filter(({ email }) => email.toLowerCase() === STAFF.STAFF_EMAIL.toLowerCase()),
    ).toMatchObject([
      { username: "ann", is_staff: false },
      { username: STAFF.STAFF_USERNAME, is_staff: true },
    ]);
  });
});
