import { randomUUID } from "node:crypto";
import type { Customer } from "../../../shared/contracts/customers";
import { ANONYMOUS, type Caller } from "../../../shared/service/caller";
import { startSystem, user, type System } from "../../support/system";

const STAFF = user(randomUUID(), { staff: true });
const PASSWORD = "a fine password";

let system: System;
let count = 0;

beforeAll(async () => {
  system = await startSystem({ services: ["identity"] });
});
afterAll(() => system.stop());

const staff: System["call"] = (name, params) => system.as(STAFF)(name, params);
const create = (fields: Partial<Customer> = {}) =>
  staff("identity.createCustomer", { name: "Example Ltd", ...fields });
const look = (customer: string) => staff("identity.getCustomer", { customer });
const events = async (subject_id: string): Promise<{ type: string; payload: object }[]> =>
  system.db("identity")("outbox").where({ subject_id }).orderBy("seq").select("type", "payload");
const typesOf = async (id: string) => (await events(id)).map(({ type }) => type);

/** Signs somebody up. @returns the user, the customer that the user is, and their caller */
async function signUp(given: { username?: string; email?: string } = {}) {
  const username = `someone${++count}`;
  const account = { username, email: `${username}@example.com`, password: PASSWORD, ...given };
  const made = await system.as(ANONYMOUS)("identity.register", account);
  const { id } = (await system.db("identity")("customers").where({ user_id: made.id }).first()) as Customer;
  return { user: made, customerId: id, caller: user(made.id, { customers: [id] }) };
}

const join = (customer_id: string, { id: user_id }: { id: string }) =>
  system.db("identity")("customer_users").insert({ customer_id, user_id });

/** An error that names these fields, and no others. */
const refused = (code: number, ...fields: string[]) => ({
  code,
  data: { errors: fields.map((field) => expect.objectContaining({ field })) },
});

async function expectRefused(work: Promise<unknown>, error: object): Promise<void> {
  const all = () => system.db("identity")("customers").orderBy("id");
  const before = await all();
  await expect(work).rejects.toMatchObject(error);
  expect(await all()).toEqual(before);
}

describe("who signs up", () => {
  test("becomes a user and a customer with another id, in one step", async () => {
    const { user: made, customerId } = await signUp();
    expect(customerId).not.toBe(made.id);
    expect(await look(customerId)).toMatchObject({
      user: made.id,
      name: made.username,
      email: made.email,
      locale: "en",
      tax_status: "standard",
      metadata: {},
      closed_at: null,
    });
    expect(await typesOf(customerId)).toEqual(["customer.created"]);
  });

  test("and is refused becomes neither", async () => {
    const { user: made } = await signUp();
    await expectRefused(signUp({ username: made.username.toUpperCase() }), refused(400, "username"));
  });

  test("is followed by the own customer as long as name and address are the same", async () => {
    const { user: made, customerId, caller } = await signUp();
    const rename = (fields: { username?: string; email?: string }) =>
      staff("identity.updateUser", { id: made.id, ...fields });
    await rename({ email: "moved@example.com", username: `${made.username}-b` });
    const name = `${made.username}-b`;
    expect(await look(customerId)).toMatchObject({ name, email: "moved@example.com" });
    await system.as(caller)("identity.updateCustomer", {
      customer: customerId,
      email: "billing@example.com",
    });
    await rename({ email: "again@example.com" });
    expect(await look(customerId)).toMatchObject({ name, email: "billing@example.com" });
    await staff("identity.updateCustomer", { customer: customerId, name: "Example Ltd" });
    await rename({ username: `${made.username}-c` });
    expect(await look(customerId)).toMatchObject({ name: "Example Ltd", email: "billing@example.com" });
  });
});

describe("a customer without users", () => {
  test("is made by staff, and found by its id and its external id", async () => {
    const fields = {
      external_id: "crm/42",
      name: "Größe GmbH",
      email: "ap@example.com",
      locale: "de-AT",
      address: { line1: "Ring 1", postal_code: "1010", city: "Wien", country: "AT" },
      vat_id: "ATU12345678",
      tax_status: "reverse_charge" as const,
      metadata: { segment: "b2b" },
    };
    const made = await create(fields);
    expect(made).toMatchObject({ ...fields, user: null, closed_at: null });
    expect(await look(made.id)).toEqual(made);
    expect(await look("external_id:crm/42")).toEqual(made);
    const { metadata: _, created_at: __, ...fact } = made;
    expect(await events(made.id)).toEqual([{ type: "customer.created", payload: fact }]);
  });

  test("is the same one for both forms of an accented letter", async () => {
    const made = await create({ external_id: "cafe\u0301" });
    expect(made.external_id).toBe("caf\u00e9");
    expect((await look("external_id:cafe\u0301")).id).toBe(made.id);
    const put = await staff("identity.putCustomer", { external_id: "cafe\u0301", name: "Café" });
    expect(put).toMatchObject({ created: false, customer: { id: made.id, name: "Café" } });
  });

  test("keeps its external id for itself: 409 names the field", async () => {
    const { external_id } = await create({ external_id: "taken" });
    await expectRefused(create({ external_id }), refused(409, "external_id"));
    const other = await create();
    const change = { customer: other.id, external_id };
    await expectRefused(staff("identity.updateCustomer", change), refused(409, "external_id"));
  });

  test.each<[field: string, value: unknown]>([
    ["name", " "],
    ["name", "a\u0000b"],
    ["email", "nobody"],
    ["locale", "not a tag"],
    ["external_id", ""],
    ["external_id", "x".repeat(256)],
    ["external_id", "a\nb"],
    ["tax_status", "none"],
    ["address.country", { country: "Austria" }],
    ["address.planet", { planet: "Earth" }],
    ["metadata", Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`key${n}`, ""]))],
    ["metadata.long", { long: "x".repeat(501) }],
    ["surname", "Ltd"],
  ])("with a bad %s is refused by name", async (field, value) => {
    const [top = ""] = field.split(".");
    await expectRefused(create({ [top]: value }), refused(400, field));
  });

  test("may have 50 facts of 40 and 500 characters", async () => {
    const facts = Array.from({ length: 50 }, (_, n) => [String(n).padStart(40, "k"), "x".repeat(500)]);
    const metadata = Object.fromEntries(facts) as Record<string, string>;
    expect((await create({ metadata })).metadata).toEqual(metadata);
    const key = "k".repeat(41);
    await expectRefused(create({ metadata: { [key]: "" } }), refused(400, `metadata.${key}`));
  });
});

describe("putting a customer by its external id", () => {
  const put = (external_id: string, fields: Partial<Customer>) =>
    staff("identity.putCustomer", { ...fields, external_id });

  test("creates it, then changes what is given and nothing else", async () => {
    await expectRefused(put("acme", {}), refused(400, "name"));
    const first = await put("acme", { name: "Acme", email: "a@example.com", metadata: { a: "1" } });
    expect(first.created).toBe(true);
    const second = await put("acme", { name: "Acme Inc" });
    expect(second).toEqual({ created: false, customer: { ...first.customer, name: "Acme Inc" } });
    await put("acme", { name: "Acme Inc" });
    expect(await typesOf(first.customer.id)).toEqual(["customer.created", "customer.updated"]);
  });

  test("ten times at once makes one customer", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => put("many", { name: "Many" })));
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(all.map(({ customer: { id } }) => id)).size).toBe(1);
  });
});

describe("a user", () => {
  test("sees and changes the contact of own customers; other fields are for staff", async () => {
    const { customerId, caller } = await signUp();
    const change = (fields: Partial<Customer>) =>
      system.as(caller)("identity.updateCustomer", { ...fields, customer: customerId });
    const contact = { name: "Ada", email: "ada@example.com", locale: "de", address: { city: "Wien" } };
    expect(await change(contact)).toMatchObject(contact);
    for (const field of [{ external_id: "mine" }, { vat_id: "X" }, { tax_status: "exempt" as const }])
      await expectRefused(change(field), refused(403, Object.keys(field)[0] ?? ""));
    await expectRefused(change({ metadata: {} }), refused(403, "metadata"));
  });

  test("does not find other customers, by whatever name", async () => {
    const { caller, customerId } = await signUp();
    const other = await create({ external_id: "not yours" });
    const call = system.as(caller);
    const missing = { code: 404, type: "customer.not_found" };
    for (const customer of [other.id, "external_id:not yours", "external_id:nobody", randomUUID()]) {
      await expectRefused(call("identity.getCustomer", { customer }), missing);
      await expectRefused(call("identity.updateCustomer", { customer, vat_id: "X" }), missing);
    }
    expect((await call("identity.listCustomers", {})).items.map(({ id }) => id)).toEqual([customerId]);
    expect((await call("identity.listCustomers", { external_id: "not yours" })).items).toEqual([]);
  });

  test.each<[action: "createCustomer" | "putCustomer" | "closeCustomer", params: object]>([
    ["createCustomer", { name: "Mine" }],
    ["putCustomer", { external_id: "mine", name: "Mine" }],
    ["closeCustomer", { customer: randomUUID() }],
  ])("may not %s", async (action, params) => {
    const { caller } = await signUp();
    await expectRefused(system.as(caller)(`identity.${action}`, params as never), { code: 403 });
  });

  test("has the customers in the access token, a new one from the next refresh on", async () => {
    const { user: made, customerId } = await signUp();
    const login = { username: made.username, password: PASSWORD, client: "127.0.0.1" };
    const pair = await system.as(ANONYMOUS)("identity.login", login);
    const claims = (token: string) =>
      JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { customers: string[] };
    expect(claims(pair.access).customers).toEqual([customerId]);
    const { id } = await create();
    await join(id, made);
    const next = await system.as(ANONYMOUS)("identity.refresh", { refresh: pair.refresh });
    expect(claims(next.access).customers).toEqual([customerId, id]);
  });
});

describe("a list of customers", () => {
  test("is of all for staff, in pages, and searched by address in any letter case", async () => {
    const made = [await create({ email: "Pages@example.com" }), await create({ email: "pages@example.com" })];
    const first = await staff("identity.listCustomers", { email: "PAGES@example.com", limit: 1 });
    const cursor = String(first.next);
    const second = await staff("identity.listCustomers", { email: "PAGES@example.com", limit: 1, cursor });
    expect([...first.items, ...second.items]).toEqual(made.toReversed());
    expect(second.next).toBeNull();
  });
});

describe("closing", () => {
  const isOpen = async (id: string) => (await look(id)).closed_at === null;
  const setActive = (id: string, is_active: boolean) => staff("identity.updateUser", { id, is_active });

  test("a customer keeps its row and its first time; repeating it changes nothing", async () => {
    const { id } = await create();
    await staff("identity.closeCustomer", { customer: id });
    const { closed_at } = await look(id);
    expect(closed_at).not.toBeNull();
    await staff("identity.closeCustomer", { customer: id });
    expect(await look(id)).toMatchObject({ closed_at });
    expect(await typesOf(id)).toEqual(["customer.created", "customer.closed"]);
  });

  test("an account closes the customers whose only active user it was, and opens them again", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const shared = await create();
    await join(shared.id, ada.user);
    await join(shared.id, bob.user);
    await setActive(ada.user.id, false);
    expect([await isOpen(ada.customerId), await isOpen(shared.id)]).toEqual([false, true]);
    await setActive(bob.user.id, false);
    expect(await isOpen(shared.id)).toBe(false);
    await setActive(ada.user.id, true);
    expect([await isOpen(ada.customerId), await isOpen(shared.id), await isOpen(bob.customerId)]).toEqual([
      true,
      true,
      false,
    ]);
    const types = ["customer.created", "customer.closed", "customer.updated"];
    expect(await typesOf(shared.id)).toEqual(types);
  });

  test("the last two accounts at once closes their customer", async () => {
    const [ada, bob] = [await signUp(), await signUp()];
    const shared = await create();
    await join(shared.id, ada.user);
    await join(shared.id, bob.user);
    await Promise.all([setActive(ada.user.id, false), setActive(bob.user.id, false)]);
    expect(await isOpen(shared.id)).toBe(false);
  });

  test("on request is not undone by an account that is opened again", async () => {
    const { user: made, customerId } = await signUp();
    await setActive(made.id, false);
    await staff("identity.closeCustomer", { customer: customerId });
    await setActive(made.id, true);
    expect(await isOpen(customerId)).toBe(false);
  });
});

test("what reaches the books for nobody: anonymous callers and services see no customers", async () => {
  const { customerId } = await signUp();
  const callers: Caller[] = [ANONYMOUS, { kind: "service", name: "payments" }];
  for (const caller of callers) {
    const looking = system.as(caller)("identity.getCustomer", { customer: customerId });
    await expect(looking).rejects.toMatchObject({ code: caller === ANONYMOUS ? 401 : 403 });
  }
});
