import { createHash, randomBytes, randomUUID } from "node:crypto";
import { ApiKeys } from "../../gateway/auth/api-keys";
import { resources } from "../../gateway/routes";
import type { Route } from "../../gateway/routes/route";
import { actionContract, type Call } from "../../shared/contracts";
import { apiKeyText, type ApiKeyFacts } from "../../shared/contracts/api-keys";
import { keyScope, type KeyScope } from "../../shared/contracts/contract";

/** Identity with one key. */
function identityWith(facts: Partial<ApiKeyFacts> = {}) {
  const id = randomUUID();
  const secret = randomBytes(32).toString("base64url");
  const sha256 = createHash("sha256").update(secret).digest("base64");
  const known: ApiKeyFacts = {
    scope: "read",
    rate_limit: 100,
    expires_at: null,
    revoked: false,
    secrets: [{ sha256, until: null }],
    ...facts,
  };
  const calls: string[] = [];
  let away = false;
  const call = (async (name: string, params: { id?: string }) => {
    if (away) throw new Error("identity is away");
    calls.push(name);
    return name === "identity.findApiKey" && params.id === id ? known : null;
  }) as unknown as Call;
  const fail = (fails: boolean) => {
    away = fails;
  };
  return { key: apiKeyText(id, secret), known, calls, keys: new ApiKeys(call), fail };
}

describe("what the gateway knows of API keys", () => {
  let ahead_ms = 0;
  const now = performance.now.bind(performance);
  beforeAll(() => {
    jest.spyOn(performance, "now").mockImplementation(() => now() + ahead_ms);
  });
  afterAll(() => jest.restoreAllMocks());

  test("ten thousand calls cost one look-up, and one note of their use", async () => {
    const { key, calls, keys } = identityWith();
    await Promise.all(Array.from({ length: 10_000 }, () => keys.check(key)));
    expect(calls).toEqual(["identity.findApiKey"]);
    await keys.reportUse();
    await keys.reportUse();
    expect(calls).toEqual(["identity.findApiKey", "identity.recordApiKeyUse"]);
  });

  test("a revoked key ends within 30 seconds, also where the doorbell was not heard", async () => {
    const { key, known, keys } = identityWith();
    await keys.check(key);
    known.revoked = true;
    ahead_ms += 30_000;
    await expect(keys.check(key)).rejects.toMatchObject({ code: 401, type: "key.revoked" });
  });

  test("an end counts to the moment, also for what is known already", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const mortal = identityWith({ expires_at: soon });
    const rotated = identityWith();
    for (const secret of rotated.known.secrets) secret.until = soon;
    await Promise.all([mortal.keys.check(mortal.key), rotated.keys.check(rotated.key)]);
    const clock = jest.spyOn(Date, "now").mockReturnValue(Date.parse(soon));
    await expect(mortal.keys.check(mortal.key)).rejects.toMatchObject({ code: 401, type: "key.expired" });
    await expect(rotated.keys.check(rotated.key)).rejects.toMatchObject({ code: 401, type: "key.invalid" });
    clock.mockRestore();
  });

  test("a use that could not be noted is noted later", async () => {
    const { key, calls, keys, fail } = identityWith();
    await keys.check(key);
    fail(true);
    await expect(keys.reportUse()).rejects.toThrow("identity is away");
    fail(false);
    await keys.reportUse();
    expect(calls.at(-1)).toBe("identity.recordApiKeyUse");
  });

  test("an unknown key is asked for again each time, and never kept", async () => {
    const { calls, keys } = identityWith();
    const unknown = apiKeyText(randomUUID(), randomBytes(32).toString("base64url"));
    for (let each = 0; each < 3; each++)
      await expect(keys.check(unknown)).rejects.toMatchObject({ type: "key.invalid" });
    expect(calls).toHaveLength(3);
  });
});

describe("the scope of a route", () => {
  const routes = resources({ publicUrl: "https://billing.example" }).flatMap((resource) => resource.routes);
  const described = routes.filter(({ operation }) => operation !== null);

  /** A key may look at users, but has no account of its own. */
  const OWN_ACCOUNT = "getCurrentUser";
  /** Calls nothing for the caller. */
  const CALLS_NOTHING = "getTestClock";
  /** Calls the same action of all services. */
  const CALLS_ALL = "listAuditLog";

  /** Its document is written by another function. */
  const CALLS_ELSEWHERE = "exportCustomer";

  /** The scope of the widest action that a route calls for its caller; "none" where no key may call one. */
  function scopeOfActions({ handler }: Route): KeyScope | "none" {
    const names = [...handler.toString().matchAll(/(?<!\w)call\)?\("(\w+\.\w+)"/g)].map(([, name]) => name);
    const scopes = names.map((name = "") => actionContract(name)?.key ?? "none");
    const order = [...keyScope.options, "none"] as const;
    return order[Math.max(...scopes.map((scope) => order.indexOf(scope)))] ?? "none";
  }

  test("is that of the widest action that it calls for the caller", () => {
    const exceptions = [OWN_ACCOUNT, CALLS_NOTHING, CALLS_ALL, CALLS_ELSEWHERE];
    const compared = described.filter(
      ({ auth, operation }) => auth !== "anyone" && !exceptions.includes(operation ?? ""),
    );
    expect(compared.length).toBeGreaterThan(30);
    const asRoutes = compared.map((each) => [each.operation, each.key ?? "none"]);
    expect(asRoutes).toEqual(compared.map((each) => [each.operation, scopeOfActions(each)]));
  });

  test("no route for people's accounts, API keys and tokens is open to keys that write", () => {
    const open = described.filter(
      ({ path, key }) => /users|api-keys|token/.test(path) && key !== undefined && key !== "admin",
    );
    expect(open).toEqual([]);
  });
});
