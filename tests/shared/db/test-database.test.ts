import { withClient } from "../../../shared/db/embedded-postgres/client";
import { createDatabase } from "../../support/postgres";

test("each test database is its own", async () => {
  const [one, other] = await Promise.all([createDatabase(), createDatabase({ empty: true })]);
  await withClient(one.url, (client) => client.query("CREATE TABLE mine (id int)"));
  const { rowCount } = await withClient(other.url, (client) =>
    client.query("SELECT FROM pg_class WHERE relname = 'mine'"),
  );
  expect(rowCount).toBe(0);
  await Promise.all([one.drop(), other.drop()]);
  await expect(withClient(one.url, (client) => client.query("SELECT"))).rejects.toThrow(/does not exist/);
});
