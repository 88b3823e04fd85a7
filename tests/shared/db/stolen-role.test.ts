import { randomUUID } from "node:crypto";
import { gatewayUrl } from "../../../gateway/gateway.service";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { serviceUrl } from "../../../shared/db/service-url";
import { prepareDatabases } from "../../../shared/process/prepare-databases";
import { RestClient } from "../../support/http";
import { startOwnPostgres, type OwnPostgres } from "../../support/own-postgres";
import { startSystem, type System } from "../../support/system";

const STAFF = { username: "boss", password: "correct horse battery" };

// Not the Postgres of all test files: roles and some privileges are those of the whole server.
let postgres: OwnPostgres;
let system: System;
/** A connection with what the container of notifications holds. */
let stolen: Knex;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  await prepareDatabases(postgres.url);
  system = await startSystem({
    services: ["identity", "notifications", "gateway"],
    databaseUrl: postgres.url,
    env: { STAFF_USERNAME: STAFF.username, STAFF_PASSWORD: STAFF.password, STAFF_EMAIL: "boss@example.com" },
  });
  stolen = openDatabase({ url: stolenUrl(), schema: "notifications", poolSize: 3 });
});
afterAll(async () => {
  await stolen.destroy();
  await system.stop();
  await postgres.remove();
});

const stolenUrl = () => serviceUrl(postgres.url, "notifications");

describe("locks", () => {
  const anonymous = () => new RestClient(gatewayUrl(system.broker));

  /** Every number that has ever been an advisory lock of ours, and the pairs with some keys. */
  async function takeAllLocks(trx: Knex.Transaction): Promise<void> {
    await trx.raw(
      "SELECT pg_advisory_xact_lock(number) FROM unnest(ARRAY[4242001, 7310001, 7301001]) AS number",
    );
    await trx.raw(
      `SELECT pg_advisory_xact_lock(number, hashtext(key))
       FROM unnest(ARRAY[73011, 73012]) AS number, unnest(ARRAY[lower(?), '127.0.0.1', '::1']) AS key`,
      [STAFF.username],
    );
  }

  it("of another role stop no login and no change of an account", async () => {
    await stolen.transaction(async (trx) => {
      await takeAllLocks(trx);
      const staff = await anonymous().signIn(STAFF.username, STAFF.password);
      const name = `user-${randomUUID().slice(0, 8)}`;
      const account = { username: name, email: `${name}@example.com`, password: "a long enough secret" };
      const { body } = await anonymous().post("/api/users/", account);
      expect((await staff.delete(`/api/users/${(body as { id: string }).id}/`)).status).toBe(204);
    });
  });

  it("of another role stop no preparing of the databases", async () => {
    await stolen.transaction(async (trx) => {
      await takeAllLocks(trx);
      await expect(prepareDatabases(postgres.url)).resolves.toMatchObject({ tooManyRights: [] });
    });
  });
});

describe("a service's role", () => {
  const refused = (code: string) => expect.objectContaining({ code });
  const FORBIDDEN = refused("42501");

  it.each([
    "SELECT FROM identity.users",
    "SELECT FROM identity.locks FOR UPDATE",
    "LOCK TABLE identity.users IN ACCESS SHARE MODE",
    "LOCK TABLE billing_setup.lock IN ACCESS SHARE MODE",
    "SET ROLE billing_identity",
  ])("does not reach other schemas: %s", async (statement) => {
    await expect(stolen.transaction((trx) => trx.raw(statement))).rejects.toEqual(FORBIDDEN);
  });

  it.each([
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine ()",
    "CREATE TABLE notifications.mine ()",
    "CREATE TEMPORARY TABLE mine ()",
    "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION notifications.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE notifications.deliveries DISABLE TRIGGER ALL",
    "TRUNCATE notifications.deliveries",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "ALTER ROLE billing_notifications SUPERUSER",
    "ALTER ROLE billing_notifications CONNECTION LIMIT -1",
  ])("creates and changes nothing: %s", async (statement) => {
    await expect(stolen.raw(statement)).rejects.toEqual(FORBIDDEN);
  });

  it("cannot make whoever migrates run its code: no history of migrations, no triggers", async () => {
    for (const statement of [
      "DELETE FROM knex_migrations",
      "UPDATE knex_migrations_lock SET is_locked = 1",
      `CREATE TRIGGER mine BEFORE INSERT ON knex_migrations
       EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    ])
      await expect(stolen.raw(statement)).rejects.toEqual(FORBIDDEN);
  });

  it("cannot change what is on record of changes", async () => {
    for (const statement of ["DELETE FROM audit_log", "UPDATE audit_log SET actor = 'operator'"])
      await expect(stolen.raw(statement)).rejects.toEqual(FORBIDDEN);
    await stolen.raw(
      "INSERT INTO audit_log (actor, request_id, action, object) VALUES ('operator', '', '', '')",
    );
  });

  it.each([
    "lo_creat(-1)",
    "lo_create(0)",
    "lo_from_bytea(0, 'x')",
    "lo_open(1, 131072)",
    "lo_put(1, 0, 'x')",
  ])("makes no large objects: %s", async (call) => {
    await expect(stolen.raw(`SELECT ${call}`)).rejects.toEqual(FORBIDDEN);
  });

  it.each(["postgres", "template1", "template0"])("cannot connect to the database %s", async (name) => {
    const url = Object.assign(new URL(stolenUrl()), { pathname: `/${name}` }).href;
    const db = openDatabase({ url, schema: "public" });
    await expect(db.raw("SELECT 1")).rejects.toMatchObject({ code: expect.stringMatching(/42501|55000/) });
    await db.destroy();
  });

  it("cannot take all connections of the server", async () => {
    const db = openDatabase({ url: stolenUrl(), schema: "notifications", poolSize: 100 });
    const held = await Promise.allSettled(Array.from({ length: 90 }, () => db.raw("SELECT pg_sleep(1)")));
    expect(held.filter(({ status }) => status === "rejected").length).toBeGreaterThan(10);
    await db.destroy();
  });

  // Postgres has no way to forbid it: it asks nobody, event triggers do not see roles, and a password check
  // (passwordcheck) lets every password pass that comes as a SCRAM verifier.
  it("may change its own password and settings; preparing undoes it and ends its sessions", async () => {
    await stolen.raw("ALTER ROLE billing_notifications PASSWORD 'mine'");
    for (const where of ["", `IN DATABASE ${new URL(postgres.url).pathname.slice(1)}`])
      await stolen.raw(`ALTER ROLE billing_notifications ${where} SET default_transaction_read_only = on`);
    const login = async () => {
      const db = openDatabase({ url: stolenUrl(), schema: "notifications", poolSize: 1 });
      try {
        return (await db.raw<{ rows: object[] }>("SHOW transaction_read_only")).rows;
      } finally {
        await db.destroy();
      }
    };
    await expect(login()).rejects.toEqual(refused("28P01"));
    const session = await stolen.transaction();
    await prepareDatabases(postgres.url);
    await expect(session.raw("SELECT 1")).rejects.toThrow(/terminat|connection/i);
    await session.rollback().catch(() => undefined);
    expect(await login()).toEqual([{ transaction_read_only: "off" }]);
  });
});
