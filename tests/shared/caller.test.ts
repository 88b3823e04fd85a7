import { randomUUID } from "node:crypto";
import type { Context } from "moleculer";
import type { Access, KeyScope } from "../../shared/contracts/contract";
import {
  actorOf,
  ANONYMOUS,
  authorOf,
  asService,
  callerOf,
  OPERATOR,
  requireAccess,
  customersOf,
  isStaff,
  seesAll,
  userIdOf,
  requireOwner,
  type Caller,
} from "../../shared/service/caller";

const customer: Caller = { kind: "user", userId: randomUUID(), isStaff: false, customers: [randomUUID()] };
const staff: Caller = { kind: "user", userId: randomUUID(), isStaff: true, customers: [] };

const key = (scope: KeyScope): Caller => ({ kind: "key", keyId: randomUUID(), scope });

/** A call as it comes in at the node `invoicing.here`. */
const incoming = (nodeID: string | null, meta: object) =>
  ({ nodeID, meta, broker: { nodeID: "invoicing.here" } }) as unknown as Context;

describe("what a sender says of its caller", () => {
  test.each([
    ["gateway.1", ANONYMOUS],
    ["gateway.1", customer],
    ["gateway.1", staff],
    ["gateway.1", key("read")],
    ["gateway.1", asService("gateway")],
    ["cron-gateway.1", staff],
    ["payments.1", asService("payments")],
    ["catalog-cron.1", asService("cron")],
    ["console.1", OPERATOR],
    ["console.1", staff],
    ["listener.1", asService("listener")],
  ])("%s may call as %j", (nodeId, caller) => {
    expect(callerOf(incoming(nodeId, { caller }))).toEqual(caller);
  });

  test.each([
    ["notifications.1", staff],
    ["notifications.1", customer],
    ["notifications.1", ANONYMOUS],
    ["notifications.1", OPERATOR],
    ["notifications.1", asService("payments")],
    ["gateway.1", OPERATOR],
    ["gateway.1", asService("payments")],
    ["console.1", key("admin")],
    ["notifications.1", key("read")],
    ["listener.1", key("read")],
    ["listener.1", staff],
    ["listener.1", asService("notifications")],
    ["console.1", asService("payments")],
    ["gatewayed.1", staff],
    ["unknown", staff],
    ["", OPERATOR],
  ])("%s may not call as %j", (nodeId, caller) => {
    expect(() => callerOf(incoming(nodeId, { caller }))).toThrow("The sender may not call as this caller.");
  });

  test.each([
    { kind: "nonsense" },
    { kind: "system" },
    { ...key("read"), scope: "owner" },
    { kind: "key", keyId: randomUUID() },
    { ...customer, and: "more" },
    { ...customer, customers: Array.from({ length: 101 }, () => randomUUID()) },
    { kind: "user", isStaff: true, customers: [] },
    { kind: "user", userId: randomUUID(), isStaff: true },
    { kind: "service", name: "nobody" },
    {},
    null,
    "staff",
    [staff],
  ])("%j is a caller of an unknown kind, from anywhere", (caller) => {
    for (const nodeId of [null, "invoicing.here", "gateway.1", "console.1"]) {
      expect(() => callerOf(incoming(nodeId, { caller }))).toThrow("The caller is of an unknown kind.");
    }
  });

  test("who says nothing is nobody; a team's own service is itself", () => {
    expect(callerOf(incoming(null, {}))).toEqual(ANONYMOUS);
    expect(callerOf(incoming("gateway.1", {}))).toEqual(ANONYMOUS);
    expect(callerOf(incoming("listener.1", {}))).toEqual(asService("listener"));
    expect(() => callerOf(incoming("notifications.1", {}))).toThrow("may not call as this caller");
  });

  test("within one process every caller is trusted", () => {
    for (const caller of [staff, OPERATOR, asService("payments")]) {
      expect(callerOf(incoming("invoicing.here", { caller }))).toEqual(caller);
    }
  });
});

describe("what an API key may call", () => {
  const admitted = (needed: KeyScope | undefined, access: Access) =>
    (["read", "write", "admin"] as const).filter((scope) => {
      try {
        requireAccess(key(scope), access, needed);
        return true;
      } catch {
        return false;
      }
    });

  test.each<[KeyScope | undefined, KeyScope[]]>([
    ["read", ["read", "write", "admin"]],
    ["write", ["write", "admin"]],
    ["admin", ["admin"]],
    [undefined, []],
  ])("where %s is needed: %j, whoever else may", (needed, scopes) => {
    for (const access of ["anyone", "user", "staff", []] as const)
      expect(admitted(needed, access)).toEqual(scopes);
  });

  test("and sees the objects of all customers, without being staff", () => {
    expect(() => requireOwner(key("read"), randomUUID(), "invoice")).not.toThrow();
    expect([seesAll(key("read")), isStaff(key("admin")), customersOf(key("admin"))]).toEqual([
      true,
      false,
      [],
    ]);
  });
});

test("a caller's name on record is a kind and an id; a service acts by itself", () => {
  const callers = [customer, key("read"), OPERATOR, ANONYMOUS, asService("cron")];
  expect(callers.map(actorOf)).toEqual([
    `user:${userIdOf(customer) ?? ""}`,
    expect.stringMatching(/^key:[0-9a-f-]{36}$/),
    "operator",
    "anonymous",
    "service:cron",
  ]);
  expect(authorOf(OPERATOR, "r")).toEqual({ actor: "operator", requestId: "r" });
  expect(authorOf(asService("cron"), "r")).toBeUndefined();
});

describe("who may call", () => {
  const callers = { nobody: ANONYMOUS, customer, staff, payments: asService("payments"), operator: OPERATOR };
  const admitted = (access: Access) =>
    Object.entries(callers).flatMap(([name, caller]) => {
      try {
        requireAccess(caller, access);
        return [name];
      } catch {
        return [];
      }
    });

  test.each<[Access, string[]]>([
    ["anyone", ["nobody", "customer", "staff", "operator"]],
    ["user", ["customer", "staff", "operator"]],
    ["staff", ["staff", "operator"]],
    [["payments"], ["payments", "operator"]],
    [
      ["user", "payments"],
      ["customer", "staff", "payments", "operator"],
    ],
    [
      ["staff", "invoicing"],
      ["staff", "operator"],
    ],
    [
      ["anyone", "payments"],
      ["nobody", "customer", "staff", "payments", "operator"],
    ],
    [[], ["operator"]],
  ])("with access %j: %j", (access, names) => {
    expect(admitted(access)).toEqual(names);
  });

  test("nobody is asked to sign in only where signing in helps", () => {
    expect(() => requireAccess(ANONYMOUS, "user")).toThrow("Authentication credentials were not provided.");
    expect(() => requireAccess(customer, "staff")).toThrow("Only staff may do this.");
    expect(() => requireAccess(staff, ["payments"])).toThrow("You are not allowed to do this.");
  });
});

describe("an object of a customer", () => {
  test("exists for users of the customer, staff, the console and services, and for nobody else", () => {
    const own = customersOf(customer)[0] as string;
    for (const caller of [customer, staff, OPERATOR, asService("payments")])
      expect(() => requireOwner(caller, own, "invoice")).not.toThrow();
    expect(() => requireOwner(customer, randomUUID(), "invoice")).toThrow("No such invoice.");
    expect(() => requireOwner(ANONYMOUS, own, "invoice")).toThrow("No such invoice.");
  });
});
