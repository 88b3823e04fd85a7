import { randomUUID } from "node:crypto";
import { gatewayUrl } from "../../gateway/gateway.service";
import { auditFilters, type AuditEntry } from "../../shared/contracts/contract";
import { showAuditLog } from "../../shared/console/commands/audit-log";
import { client, fieldsOf } from "../gateway/client";
import { customerFact } from "../support/customers";
import { startSystem, type System } from "../support/system";

const STAFF = { username: "boss", password: "a fine password" };

let system: System;
let staff: string;
let staffActor: string;
const http = client(() => gatewayUrl(system.broker));

beforeAll(async () => {
  system = await startSystem({ env: { TEST_CLOCK: "true" } });
  const account = { ...STAFF, email: "boss@example.com", is_staff: true };
  const { id } = await system.call("identity.createUser", account);
  staffActor = `user:${id}`;
  staff = (await signIn()).access;
});
afterAll(() => system.stop());

async function signIn(): Promise<{ access: string; refresh: string }> {
  return (await http.post("/api/token/", { body: STAFF })).body as { access: string; refresh: string };
}
async function makeKey(scope: "read" | "write" | "admin") {
  const body = { name: "Backend", scope };
  const made = await http.post("/api/api-keys/", { token: staff, body });
  return made.body as { id: string; key: string };
}
async function log(filter: Record<string, string> = {}): Promise<AuditEntry[]> {
  const query = new URLSearchParams({ limit: "200", ...filter }).toString();
  return (await http.get(`/api/audit-log/?${query}`, { token: staff })).body as AuditEntry[];
}
const of = async (object: string) => (await log({ object })).map(({ actor, action }) => [actor, action]);

describe("who has changed something", () => {
  test("is on record with the request: staff, an API key, an operator, nobody known", async () => {
    const { id: keyId, key } = await makeKey("write");
    const body = { name: "Silver", price: "10.00" };
    const made = await http.post("/api/plans/", { token: staff, body });
    const [entry] = await log({ object: (made.body as { id: string }).id });
    expect(entry).toMatchObject({ service: "catalog", actor: staffActor, details: {} });
    expect(entry?.request_id).toBe(made.headers.get("x-request-id"));
    expect(Math.abs(Date.parse(entry?.at ?? "") - Date.now())).toBeLessThan(60_000);

    const put = await http.put("/api/customers/by-external-id/one/", { token: key, body: { name: "One" } });
    const { id: customer } = put.body as { id: string };
    const order = { plan: "Silver", customer };
    const subscribed = await http.post("/api/subscriptions/", { token: key, body: order });
    const { id: subscription } = subscribed.body as { id: string };
    await http.post(`/api/subscriptions/${subscription}/unsubscribe/`, { token: staff, body: {} });
    await system.call("identity.closeCustomer", { customer });
    expect(await of(customer)).toEqual([
      ["operator", "customer.closed"],
      [staffActor, "entitlements.changed"],
      [`key:${keyId}`, "entitlements.changed"],
      [`key:${keyId}`, "customer.created"],
    ]);
    expect(await of(subscription)).toEqual([
      [staffActor, "subscription.cancelled"],
      [`key:${keyId}`, "subscription.created"],
    ]);

    const account = { username: "ann", email: "ann@example.com", password: "a fine password" };
    const { id: user } = (await http.post("/api/users/", { body: account })).body as { id: string };
    expect(await of(user)).toEqual([["anonymous", "user.registered"]]);
  });

  test("is on record for what is no event", async () => {
    const { id, key: _ } = await makeKey("read");
    await http.patch(`/api/api-keys/${id}/`, { token: staff, body: { rate_limit: 9 } });
    await http.post(`/api/api-keys/${id}/rotate/`, { token: staff, body: { overlap_s: 60 } });
    await http.delete(`/api/api-keys/${id}/`, { token: staff });
    await http.delete(`/api/api-keys/${id}/`, { token: staff });
    const entries = await log({ object: id });
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ["api_key.revoked", {}],
      ["api_key.rotated", { overlap_s: 60 }],
      ["api_key.updated", { rate_limit: 9 }],
      ["api_key.created", { scope: "read", expires_at: null }],
    ]);

    const { refresh } = await signIn();
    for (let each = 0; each < 2; each++) await http.post("/api/token/revoke/", { body: { refresh } });
    const sessions = (await log({ actor: staffActor })).filter(({ action }) => action.startsWith("session."));
    expect(sessions.slice(0, 2).map(({ action }) => action)).toEqual(["session.ended", "session.opened"]);
    expect(sessions[0]?.object).toBe(sessions[1]?.object);

    const asked = { kind: "mark_overdue" };
    const run = await http.post("/api/billing-runs/", { token: staff, body: asked });
    expect(await of((run.body as { id: string }).id)).toEqual([[staffActor, "billing_run.requested"]]);

    await http.post("/api/test-clock/", { token: staff, body: { advance: "PT1S" } });
    const [move] = await log({ object: "clock" });
    expect(move).toMatchObject({ actor: staffActor, service: "cron", action: "clock.move_requested" });

    await system.call("identity.rotateSigningKey", {});
    expect((await log({ actor: "operator" }))[0]?.action).toBe("signing_key.rotated");

    const letter = randomUUID();
    const customer = randomUUID();
    await system
      .db("subscriptions")("dead_letters")
      .insert({
        id: letter,
        producer: "identity",
        type: "customer.created",
        subject_id: customer,
        payload: JSON.stringify(customerFact(customer)),
        occurred_at: new Date().toISOString(),
        error: "no",
        attempts: 1,
      });
    await system.call("subscriptions.replayDeadLetter", { id: letter });
    expect(await of(letter)).toEqual([["operator", "dead_letter.replayed"]]);
  });

  test("is on record for a payment that is opened, once", async () => {
    const { id: keyId, key } = await makeKey("write");
    const customer = await system.call("identity.createCustomer", { name: "Payer" });
    await system.call("catalog.createPlan", { name: "Gold", amount_minor: 5_000, currency: "usd" });
    await system.call("subscriptions.createSubscription", { plan: "Gold", customer: customer.id });
    await system.drain();
    const { items } = await system.call("invoicing.listInvoices", { customer: customer.id });
    const body = { invoice: items[0]?.id };
    for (let each = 0; each < 2; each++)
      expect(await http.post("/api/create-payment-intent/", { token: key, body })).toMatchObject({
        status: 200,
      });
    const payment = await system.db("payments")("payments").where({ invoice_id: body.invoice }).first("id");
    const entries = await log({ actor: `key:${keyId}` });
    expect(entries).toMatchObject([{ action: "payment.opened", object: (payment as { id: string }).id }]);
  });

  test("is on record for a stolen refresh token, whose user has not ended the session", async () => {
    const { refresh } = await signIn();
    const [{ object: session } = { object: "" }] = await log({ actor: staffActor });
    await http.post("/api/token/refresh/", { body: { refresh } });
    const used_at = "2020-01-01T00:00:00Z";
    await system
      .db("identity")("refresh_tokens")
      .where({ session_id: session })
      .whereNotNull("used_at")
      .update({ used_at });
    expect(await http.post("/api/token/refresh/", { body: { refresh } })).toMatchObject({ status: 401 });
    expect(await of(session)).toEqual([
      ["anonymous", "session.ended_by_reuse"],
      [staffActor, "session.opened"],
    ]);
  });

  test("is not on record where the change was refused", async () => {
    const { id: keyId, key } = await makeKey("write");
    const body = { name: "Taken", external_id: "taken" };
    expect(await http.post("/api/customers/", { token: key, body })).toMatchObject({ status: 201 });
    expect(await http.post("/api/customers/", { token: key, body })).toMatchObject({ status: 409 });
    const actions = (await log({ actor: `key:${keyId}` })).map(({ action }) => action);
    expect(actions).toEqual(["customer.created"]);
  });

  test("is never a service by itself, and no person but by an id", async () => {
    const key = (await makeKey("write")).key;
    const body = { name: "Jane Roe", email: "jane@example.com" };
    await http.post("/api/customers/", { token: key, body });
    await system.drain();
    const entries = await log();
    expect(entries.filter(({ actor }) => actor.startsWith("service:"))).toEqual([]);
    expect(JSON.stringify(entries)).not.toMatch(/jane|example\.com|bk_/i);
  });
});

/** Times are compared as times: as text, 22.9 would come after 22.91. */
const msOf = ({ at }: AuditEntry): number => Date.parse(at);

describe("the audit log", () => {
  test("is read in pages over all services, newest first, each change once", async () => {
    const whole = await log();
    expect(new Set(whole.map(({ service }) => service)).size).toBeGreaterThan(2);
    expect(whole.map(({ id }) => id)).toEqual(
      whole
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
    const paged: AuditEntry[] = [];
    for (let path = "/api/audit-log/?limit=3"; path !== "";) {
      const { body, headers } = await http.get(path, { token: staff });
      paged.push(...(body as AuditEntry[]));
      path = /<([^>]*)>; rel="next"/.exec(headers.get("link") ?? "")?.[1] ?? "";
    }
    expect(paged).toEqual(whole);
  });

  test("can be narrowed to a time: from an instant on, and up to another", async () => {
    const whole = await log();
    const [newest, oldest] = [whole[0], whole.at(-1)] as [AuditEntry, AuditEntry];
    expect(await log({ from: oldest.at, to: newest.at })).toEqual(
      whole.filter((entry) => msOf(entry) < msOf(newest)),
    );
    expect(await log({ from: newest.at })).toEqual(whole.filter((entry) => msOf(entry) >= msOf(newest)));
    expect(await log({ to: "1970-01-01T00:00:00Z" })).toEqual([]);
    expect(await log({ from: "1960-01-01T00:00:00+02:00" })).toEqual(whole);
  });

  test.each([
    ["actor", "bob"],
    ["from", "yesterday"],
    ["to", "2026-13-01T00:00:00Z"],
    ["object", ""],
    ["cursor", "x"],
    ["service", "catalog"],
  ])("refuses a wrong %s by name", async (field, value) => {
    const query = new URLSearchParams({ [field]: value }).toString();
    const { status, body } = await http.get(`/api/audit-log/?${query}`, { token: staff });
    expect([status, fieldsOf(body)]).toEqual([400, [field]]);
  });

  test("is for staff and keys with the scope admin", async () => {
    const [admin, write] = [await makeKey("admin"), await makeKey("write")];
    expect(await http.get("/api/audit-log/?limit=1", { token: admin.key })).toMatchObject({ status: 200 });
    expect(await http.get("/api/audit-log/", { token: write.key })).toMatchObject({ status: 403 });
    const account = { username: "guest", password: "a fine password" };
    await http.post("/api/users/", { body: { ...account, email: "guest@example.com" } });
    const { access } = (await http.post("/api/token/", { body: account })).body as { access: string };
    expect(await http.get("/api/audit-log/", { token: access })).toMatchObject({ status: 403 });
  });

  test("is shown at the console, with the same filters", async () => {
    const { id } = await makeKey("read");
    const show = async (...args: string[]) => {
      const lines: string[] = [];
      const print = (line: string) => void lines.push(line);
      await showAuditLog({ call: system.call, print, draw: print }, args);
      return lines;
    };
    const [line, ...others] = await show("--object", id);
    expect(others).toEqual([]);
    expect(line).toMatch(`${staffActor}  identity.api_key.created  ${id}  request `);
    expect((await show("--limit", "2")).at(-1)).toMatch(/There are older ones/);
    expect(await show("--object", randomUUID())).toEqual(["There are no such changes."]);
    await expect(show("--actor", "bob")).rejects.toThrow(/--actor: must be user:<id>/);
    await expect(show("--limit", "0")).rejects.toThrow(/--limit must be 1 to 200/);
    await expect(show("--what")).rejects.toThrow(/Usage: billing audit-log/);
    expect(Object.keys(auditFilters)).toEqual(["object", "actor", "from", "to"]);
  });
});
