import { gatewayUrl } from "../../gateway/gateway.service";
import type { Answer } from "../support/http";
import { RestClient } from "../support/http";
import { eventually, startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let system: System;
let count = 0;

beforeAll(async () => {
  system = await startSystem({ services: ["identity", "gateway"] });
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
