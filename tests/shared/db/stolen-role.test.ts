import { randomUUID } from "node:crypto";
import { gatewayUrl } from "../../../gateway/gateway.service";
import { openDatabase, type Knex } from "../../../shared/db/open-database";
import { serviceUrl } from "../../../shared/db/service-url";
import { prepareDatabases } from "../../../shared/process/prepare-databases";
import { RestClient } from "../../support/http";
import { startSystem, type System } from "../../support/system";

const STAFF = { username: "boss", password: "correct horse battery" };

let system: System;
/** A connection with what the container of notifications holds. */
let stolen: Knex;

beforeAll(async () => {
  system = await startSystem({
    services: ["identity", "notifications", "gateway"],
    env: { STAFF_USERNAME: STAFF.username, STAFF_PASSWORD: STAFF.password, STAFF_EMAIL: "boss@example.com" },
  });
  const url = serviceUrl(system.databaseUrl, "notifications");
  stolen = openDatabase({ url, schema: "notifications", poolSize: 3 });
});
afterAll(async () => {
  await stolen.destroy();
  await system.stop();
});

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
      await expect(prepareDatabases(system.databaseUrl)).resolves.toBeUndefined();
    });
  });
});
