import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCHEMAS } from "../../shared/config/config";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { startOwnPostgres, type OwnPostgres } from "../support/own-postgres";
import { freePorts, startProgram, startServiceProcess, statusOf } from "../support/processes";

jest.setTimeout(60_000);

const MIGRATE = ["--import", "tsx", "shared/process/migrate-main.ts"];
const folder = mkdtempSync(join(tmpdir(), "migrate-test-"));
let postgres: OwnPostgres;
let admin: Knex;
/** The variables that the first run printed. */
let printed: Record<string, string>;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  admin = openDatabase({ url: postgres.url, schema: "public", poolSize: 1 });
});
afterAll(async () => {
  await admin.destroy();
  await postgres.remove();
  rmSync(folder, { recursive: true });
});

async function migrate(env: Record<string, string> = {}, ...args: string[]) {
  const run = startProgram(process.execPath, [...MIGRATE, ...args], {
    ADMIN_DATABASE_URL: postgres.url,
    ...env,
  });
  const { status } = await run.ended;
  return { status, output: run.output() };
}

function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(DATABASE_URL_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

async function userOf(url = ""): Promise<string> {
  const db = openDatabase({ url, schema: "public", poolSize: 1 });
  try {
    const { rows } = await db.raw<{ rows: { name: string }[] }>("SELECT current_user AS name");
    return rows[0]?.name ?? "";
  } finally {
    await db.destroy();
  }
}

test("waits for Postgres, makes roles with random passwords, prints their URLs once", async () => {
  await postgres.stop();
  const run = startProgram(process.execPath, MIGRATE, { ADMIN_DATABASE_URL: postgres.url });
  await run.says("waiting for Postgres at 127.0.0.1");
  await postgres.start();
  expect(await run.ended).toEqual({ status: 0, signal: null });
  printed = variablesIn(run.output());
  expect(Object.keys(printed)).toEqual(SCHEMAS.map((schema) => `DATABASE_URL_${schema.toUpperCase()}`));
  expect(new Set(Object.values(printed).map((url) => new URL(url).password)).size).toBe(SCHEMAS.length);
  for (const schema of SCHEMAS)
    expect(await userOf(printed[`DATABASE_URL_${schema.toUpperCase()}`])).toBe(`billing_${schema}`);

  const again = await migrate();
  expect(again.status).toBe(0);
  expect(variablesIn(again.output)).toEqual({});
  expect(await userOf(printed["DATABASE_URL_CRON"])).toBe("billing_cron");
});

test("takes given passwords, for the named services alone", async () => {
  const DATABASE_PASSWORD_CRON = "a-new-password-of-cron";
  expect(await migrate({ DATABASE_PASSWORD_CRON, SERVICES: "cron" })).toMatchObject({ status: 0 });
  await expect(userOf(printed["DATABASE_URL_CRON"])).rejects.toMatchObject({ code: "28P01" });
  const url = Object.assign(new URL(printed["DATABASE_URL_CRON"] ?? ""), {
    password: DATABASE_PASSWORD_CRON,
  });
  printed["DATABASE_URL_CRON"] = url.href;
  expect(await userOf(url.href)).toBe("billing_cron");
});

test("writes the URLs into a file that only its owner can read, and never over another one", async () => {
  await admin.raw("CREATE DATABASE other");
  const other = Object.assign(new URL(postgres.url), { pathname: "/other" }).href;
  await admin.raw("ALTER ROLE billing_catalog RENAME TO before");
  const file = join(folder, "urls.env");
  const written = await migrate({ ADMIN_DATABASE_URL: other, SERVICES: "catalog" }, "--write", file);
  expect(written.status).toBe(0);
  expect(Object.keys(variablesIn(readFileSync(file, "utf8")))).toEqual(["DATABASE_URL_CATALOG"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(written.output).not.toContain("DATABASE_URL_CATALOG");
  expect(await migrate({ SERVICES: "catalog" }, "--write", file)).toMatchObject({ status: 1 });
  await admin.raw("DROP DATABASE other");
  await admin.raw("DROP ROLE billing_catalog; ALTER ROLE before RENAME TO billing_catalog");
});

test("works without a superuser, and says what it could not take from the roles", async () => {
  const own = await startOwnPostgres();
  const superuser = openDatabase({ url: own.url, schema: "public", poolSize: 1 });
  const database = new URL(own.url).pathname.slice(1);
  await superuser.raw(
    `CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner'; ALTER DATABASE ${database} OWNER TO owner`,
  );
  const url = Object.assign(new URL(own.url), { username: "owner", password: "owner" }).href;
  for (const round of ["first", "second"]) {
    const { status, output } = await migrate({ ADMIN_DATABASE_URL: url });
    expect({ round, status, output }).toEqual({
      round,
      status: 0,
      output: expect.stringContaining("the services' roles can make large objects"),
    });
  }
  await superuser.destroy();
  await own.remove();
});

test("a service with an older schema waits, says so, and starts after the migration", async () => {
  await admin.raw(
    "DROP TABLE cron.slots, cron.clock; DELETE FROM cron.knex_migrations WHERE name = '0001_slots_and_clock'",
  );
  const [port = 0] = await freePorts(1);
  const cron = await startServiceProcess({
    SERVICES: "cron",
    DATABASE_URL: printed["DATABASE_URL_CRON"] ?? "",
    NATS_URL: `nats://127.0.0.1:${port}`,
  });
  await cron.says("waiting for the schema cron: it lacks 0001_slots_and_clock");
  expect(await statusOf(`${cron.operationsUrl}/ready`)).toBe(503);
  await postgres.stop();
  await cron.says("waiting for Postgres at 127.0.0.1");
  await postgres.start();
  expect((await migrate()).status).toBe(0);
  await cron.says("waiting for NATS");
  expect(cron.output()).not.toContain("a-new-password-of-cron");
  cron.signal("SIGTERM");
  expect((await cron.ended).status).toBe(0);
});

test("a service whose role Postgres refuses ends, and names the role", async () => {
  const url = Object.assign(new URL(printed["DATABASE_URL_CRON"] ?? ""), { password: "wrong" }).href;
  const cron = await startServiceProcess({
    SERVICES: "cron",
    DATABASE_URL: url,
    NATS_URL: "nats://127.0.0.1:9",
  });
  expect((await cron.ended).status).toBe(1);
  expect(cron.output()).toMatch(/Postgres at 127.0.0.1:\d+ refuses billing_cron, the role of cron: password/);
});
