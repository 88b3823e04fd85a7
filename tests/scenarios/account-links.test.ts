import { gatewayUrl } from "../../gateway/gateway.service";
import { openMailbox, type Mailbox } from "../services/notifications/support";
import { RestClient, type Answer } from "../support/http";
import { eventually, startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";

let mailbox: Mailbox;
let system: System;
let staff: RestClient;
let count = 0;

beforeAll(async () => {
  mailbox = await openMailbox();
  system = await startSystem({
    env: {
      SMTP_URL: mailbox.url,
      MAIL_FROM: "billing@example.com",
      PUBLIC_URL: "https://pay.example/billing",
      STAFF_USERNAME: "root",
      STAFF_EMAIL: "root@example.com",
      STAFF_PASSWORD: PASSWORD,
    },
  });
  staff = await rest().signIn("root", PASSWORD);
});
afterAll(async () => {
  await system.stop();
  await mailbox.close();
});

const rest = (token?: string) => new RestClient(gatewayUrl(system.broker), token);
const answered = <T>({ body }: Answer): T => body;
const badToken = { status: 400, body: { errors: [{ field: "token" }] } };

/** The link in the newest mail to an address about something. */
async function linkTo(email: string, page: string): Promise<{ token: string; text: string }> {
  const address = `https://pay.example/billing/api/${page}/#`;
  return eventually(() => {
    const isTo = (to: string[]) => to.some((each) => each.toLowerCase() === email.toLowerCase());
    const mail = mailbox.mails.findLast(({ to, body }) => isTo(to) && body.includes(address));
    if (mail === undefined) return undefined;
    mailbox.mails.splice(mailbox.mails.indexOf(mail), 1);
    const [, token = ""] = mail.body.split(address);
    return { token: token.split(/\s/)[0] ?? "", text: mail.body };
  });
}

interface Person {
  username: string;
  email: string;
  id: string;
  customer: string;
  me: RestClient;
}

async function signUp(given: { email?: string } = {}): Promise<Person> {
  const username = `someone${++count}`;
  const email = given.email ?? `${username}@example.com`;
  const { id } = answered<{ id: string }>(
    await rest().post("/api/users/", { username, email, password: PASSWORD }),
  );
  const me = await rest().signIn(username, PASSWORD);
  const [customer] = answered<{ id: string }[]>(await me.get("/api/customers/"));
  return { username, email, id, me, customer: customer?.id ?? "" };
}

/** Ends a link's time, as the days do. */
const expire = (purpose: string) =>
  system
    .db("identity")("account_links")
    .where({ purpose })
    .update({ expires_at: system.db("identity").raw("now()") });

const stranger = () => `stranger${++count}@example.com`;
const invite = async (by: RestClient, customer: string, email: string) =>
  by.post(`/api/customers/${customer}/invitations/`, { email });

describe("an invitation to a customer", () => {
  test("lets a new user see and pay its invoices, and nothing else", async () => {
    const owner = await signUp();
    await owner.me.post("/api/subscriptions/", { plan: "Pro" });
    const email = stranger();
    expect(await invite(owner.me, owner.customer, email)).toMatchObject({
      status: 201,
      body: { customer: owner.customer, email },
    });
    const { token, text } = await linkTo(email, "invitations/accept");
    expect(text).toContain("The link works once, until ");
    const account = { username: `guest${++count}`, password: PASSWORD };
    const accepted = await rest().post("/api/invitations/accept/", { token, ...account });
    expect(accepted).toMatchObject({ status: 200, body: { customer: owner.customer } });

    const guest = await rest().signIn(account.username, PASSWORD);
    await system.drain();
    expect(await guest.get("/api/customers/")).toMatchObject({ body: [{ id: owner.customer }] });
    expect(await guest.get("/api/invoices/")).toMatchObject({ body: [{ customer: owner.customer }] });
    // The link has shown that the address is theirs.
    expect(answered<{ email_confirmed_at: string }>(await guest.get("/api/users/me/"))).toMatchObject({
      email,
      email_confirmed_at: expect.any(String) as string,
    });
    const members = await owner.me.get(`/api/customers/${owner.customer}/members/`);
    expect(members.body).toMatchObject([{ username: owner.username }, { username: account.username }]);
    expect(await rest().post("/api/invitations/accept/", { token, ...account })).toMatchObject(badToken);
    expect(await owner.me.get(`/api/customers/${owner.customer}/invitations/`)).toMatchObject({ body: [] });
  });

  test("lets a user who is signed in join; the next token names the customer", async () => {
    const { body } = await staff.post("/api/customers/", { name: "Without users" });
    const { id } = body as { id: string };
    const someone = await signUp();
    await invite(staff, id, someone.email);
    const { token } = await linkTo(someone.email, "invitations/accept");
    expect(await someone.me.post("/api/invitations/accept/", { token, username: "x" })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "username" }] },
    });
    expect(await someone.me.post("/api/invitations/accept/", { token })).toMatchObject({ status: 200 });
    const again = await rest().signIn(someone.username, PASSWORD);
    const own = answered<{ id: string }[]>(await again.get("/api/customers/")).map((each) => each.id);
    expect(own.sort()).toEqual([id, someone.customer].sort());
  });

  test("names what a new account lacks, and is not used up by that", async () => {
    const owner = await signUp();
    const email = stranger();
    await invite(owner.me, owner.customer, email);
    const { token } = await linkTo(email, "invitations/accept");
    const wrong: [object, string][] = [
      [{}, "username"],
      [{ username: "guest" }, "password"],
      [{ username: "guest", password: "password" }, "password"],
      [{ username: owner.username, password: PASSWORD }, "username"],
    ];
    for (const [fields, field] of wrong)
      expect(await rest().post("/api/invitations/accept/", { token, ...fields })).toMatchObject({
        status: 400,
        body: { errors: [{ field }] },
      });
    const fields = { username: `guest${++count}`, password: PASSWORD };
    expect(await rest().post("/api/invitations/accept/", { token, ...fields })).toMatchObject({
      status: 200,
    });
  });

  test("works once: of ten at the same time one joins", async () => {
    const owner = await signUp();
    const email = stranger();
    await invite(owner.me, owner.customer, email);
    const { token } = await linkTo(email, "invitations/accept");
    const ten = await Promise.all(
      Array.from({ length: 10 }, () =>
        rest().post("/api/invitations/accept/", { token, username: `racer${++count}`, password: PASSWORD }),
      ),
    );
    expect(ten.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    const members = answered<object[]>(await owner.me.get(`/api/customers/${owner.customer}/members/`));
    expect(members).toHaveLength(2);
  });

  test("ends when it is withdrawn, replaced or late; a forged one never works", async () => {
    const owner = await signUp();
    const at = `/api/customers/${owner.customer}/invitations/`;
    const account = () => ({ username: `guest${++count}`, password: PASSWORD });
    const accept = (token: string) => rest().post("/api/invitations/accept/", { token, ...account() });

    const email = stranger();
    await invite(owner.me, owner.customer, email);
    const first = await linkTo(email, "invitations/accept");
    const { id } = answered<{ id: string }>(await invite(owner.me, owner.customer, email.toUpperCase()));
    const second = await linkTo(email, "invitations/accept");
    expect(await accept(first.token)).toMatchObject(badToken);
    expect(await owner.me.delete(`${at}${id}/`)).toMatchObject({ status: 204 });
    expect(await owner.me.delete(`${at}${id}/`)).toMatchObject({ status: 404 });
    expect(await accept(second.token)).toMatchObject(badToken);

    await invite(owner.me, owner.customer, email);
    const third = await linkTo(email, "invitations/accept");
    const forged = `${third.token.slice(0, -4)}AAAA`;
    expect(await accept(forged)).toMatchObject(badToken);
    expect(await accept("x")).toMatchObject(badToken);
    expect(await rest().post("/api/email-change/confirm/", { token: third.token })).toMatchObject(badToken);
    await expire("invitation");
    expect(await accept(third.token)).toMatchObject(badToken);
  });

  test("is for the customer's users, staff and keys; for others there is no such customer", async () => {
    const [owner, other] = [await signUp(), await signUp()];
    for (const path of ["invitations/", "members/"])
      expect(await other.me.get(`/api/customers/${owner.customer}/${path}`)).toMatchObject({ status: 404 });
    expect(await invite(other.me, owner.customer, stranger())).toMatchObject({ status: 404 });
    const { key } = answered<{ key: string }>(
      await staff.post("/api/api-keys/", { name: "k", scope: "write" }),
    );
    expect(await invite(rest(key), owner.customer, stranger())).toMatchObject({ status: 201 });
    expect(await invite(owner.me, owner.customer, owner.email)).toMatchObject({ status: 409 });
  });

  test("of a closed customer is refused, also when it was closed since", async () => {
    const { id } = answered<{ id: string }>(await staff.post("/api/customers/", { name: "Closing" }));
    const email = stranger();
    await invite(staff, id, email);
    const { token } = await linkTo(email, "invitations/accept");
    await staff.delete(`/api/customers/${id}/`);
    const account = { username: `guest${++count}`, password: PASSWORD };
    const refused = { status: 409, body: { type: "customer.closed" } };
    expect(await rest().post("/api/invitations/accept/", { token, ...account })).toMatchObject(refused);
    expect(await invite(staff, id, stranger())).toMatchObject(refused);
  });

  test("does not send mails to the whole world", async () => {
    const { id } = answered<{ id: string }>(await staff.post("/api/customers/", { name: "Many" }));
    await system.db("identity").raw(
      `INSERT INTO account_links (purpose, customer_id, email, expires_at)
       SELECT 'invitation', ?, n || '@example.com', now() FROM generate_series(1, 100) AS n`,
      [id],
    );
    expect(await invite(staff, id, stranger())).toMatchObject({ status: 429 });
  });
});

test("a user belongs to at most 100 customers", async () => {
  const someone = await signUp();
  const customers = await Promise.all(
    Array.from({ length: 100 }, () => staff.post("/api/customers/", { name: "One of many" })),
  );
  const ids = customers.map((each) => answered<{ id: string }>(each).id);
  const rows = ids.slice(1).map((customer_id) => ({ customer_id, user_id: someone.id }));
  await system.db("identity")("customer_users").insert(rows);
  await invite(staff, ids[0] as string, someone.email);
  const { token } = await linkTo(someone.email, "invitations/accept");
  expect(await someone.me.post("/api/invitations/accept/", { token })).toMatchObject({
    status: 409,
    body: { type: "user.too_many_customers" },
  });
});

describe("a member who is taken away", () => {
  async function twoMembers() {
    const [owner, other] = [await signUp(), await signUp()];
    await invite(owner.me, owner.customer, other.email);
    const { token } = await linkTo(other.email, "invitations/accept");
    await other.me.post("/api/invitations/accept/", { token });
    return { owner, other: { ...other, me: await rest().signIn(other.username, PASSWORD) } };
  }
  const remove = (by: RestClient, { customer }: Person, { id }: Person) =>
    by.delete(`/api/customers/${customer}/members/${id}/`);

  test("is signed out, and sees nothing of the customer any more", async () => {
    const { owner, other } = await twoMembers();
    expect(await other.me.get(`/api/customers/${owner.customer}/`)).toMatchObject({ status: 200 });
    expect(await remove(owner.me, owner, other)).toMatchObject({ status: 204 });
    await eventually(async () => ((await other.me.get("/api/users/me/")).status === 401 ? true : undefined));
    const again = await rest().signIn(other.username, PASSWORD);
    expect(await again.get(`/api/customers/${owner.customer}/`)).toMatchObject({ status: 404 });
    expect(await remove(owner.me, owner, other)).toMatchObject({ status: 404 });
  });

  test("may be the one who made the customer; the last one only by staff", async () => {
    const { owner, other } = await twoMembers();
    expect(await remove(other.me, owner, owner)).toMatchObject({ status: 204 });
    const last = await remove(other.me, owner, other);
    expect(last).toMatchObject({ status: 409, body: { type: "customer.last_member" } });
    expect(await remove(staff, owner, other)).toMatchObject({ status: 204 });
    expect(await staff.get(`/api/customers/${owner.customer}/members/`)).toMatchObject({ body: [] });
  });
});

describe("a forgotten password", () => {
  const ask = (email: string) => rest().post("/api/password-reset/", { email });

  test("is replaced by the link in the mail: all sessions end, the old password too", async () => {
    const someone = await signUp();
    expect((await ask(someone.email.toUpperCase())).status).toBe(202);
    const { token, text } = await linkTo(someone.email, "password-reset/confirm");
    expect(text).toContain(someone.username);
    const weak = await rest().post("/api/password-reset/confirm/", { token, password: someone.username });
    expect(weak).toMatchObject({ status: 400, body: { errors: [{ field: "password" }] } });
    const password = "another battery";
    expect(await rest().post("/api/password-reset/confirm/", { token, password })).toMatchObject({
      status: 204,
    });
    await eventually(async () =>
      (await someone.me.get("/api/users/me/")).status === 401 ? true : undefined,
    );
    await expect(rest().signIn(someone.username, PASSWORD)).rejects.toThrow("401");
    await rest().signIn(someone.username, password);
    const again = await rest().post("/api/password-reset/confirm/", { token, password });
    expect(again).toMatchObject(badToken);
  });

  test("gets the same answer where nobody has the address", async () => {
    const someone = await signUp();
    const known = await ask(someone.email);
    expect(await ask(stranger())).toMatchObject({ status: 202, body: known.body });
  });

  test("mails every account with the address, and no inactive one", async () => {
    const first = await signUp();
    const second = await signUp({ email: first.email });
    const third = await signUp({ email: first.email });
    await third.me.delete(`/api/users/${third.id}/`);
    await ask(first.email);
    const links = [
      await linkTo(first.email, "password-reset/confirm"),
      await linkTo(first.email, "password-reset/confirm"),
    ];
    const named = links.map(({ text }) => [first, second, third].map((p) => text.includes(p.username)));
    expect(named.sort()).toEqual([
      [false, true, false],
      [true, false, false],
    ]);
  });

  test("link ends after half an hour, with another use, and with a new password", async () => {
    const someone = await signUp();
    await ask(someone.email);
    const first = await linkTo(someone.email, "password-reset/confirm");
    await ask(someone.email);
    const second = await linkTo(someone.email, "password-reset/confirm");
    const use = (token: string, password: string) =>
      rest().post("/api/password-reset/confirm/", { token, password });
    expect(await use(first.token, "the first battery")).toMatchObject({ status: 204 });
    expect(await use(second.token, "the second battery")).toMatchObject(badToken);
    await ask(someone.email);
    const third = await linkTo(someone.email, "password-reset/confirm");
    await expire("password_reset");
    expect(await use(third.token, "the third battery")).toMatchObject(badToken);
  });

  test("cannot fill a mailbox", async () => {
    const someone = await signUp();
    for (let times = 0; times < 5; times++) {
      await ask(someone.email);
      await system.drain();
    }
    const sent = await system
      .db("identity")("account_links")
      .where({ purpose: "password_reset", user_id: someone.id });
    expect(sent).toHaveLength(3);
  });
});

describe("an email address", () => {
  test("is confirmed by the link that signing up mails", async () => {
    const someone = await signUp();
    const look = async () =>
      answered<{ email_confirmed_at: string | null }>(await someone.me.get("/api/users/me/"));
    expect(await look()).toMatchObject({ email_confirmed_at: null });
    const { token } = await linkTo(someone.email, "email-confirmation/confirm");
    expect(await someone.me.post("/api/users/me/email-confirmation/")).toMatchObject({ status: 202 });
    const second = await linkTo(someone.email, "email-confirmation/confirm");
    const confirm = (text: string) => rest().post("/api/email-confirmation/confirm/", { token: text });
    expect(await confirm(second.token)).toMatchObject({ status: 204 });
    expect((await look()).email_confirmed_at).not.toBeNull();
    expect(await confirm(second.token)).toMatchObject(badToken);
    expect(await confirm(token)).toMatchObject({ status: 204 });
    expect(await someone.me.post("/api/users/me/email-confirmation/")).toMatchObject({ status: 409 });
  });

  test("changes when the new one is confirmed, and the old one is told", async () => {
    const someone = await signUp();
    const email = stranger();
    const change = (fields: object) => someone.me.post("/api/users/me/email/", fields);
    expect(await change({ email, password: "wrong" })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "password" }] },
    });
    expect(await change({ email, password: PASSWORD })).toMatchObject({ status: 202 });
    const look = async () => answered<{ email: string }>(await someone.me.get("/api/users/me/"));
    expect((await look()).email).toBe(someone.email);
    const { token } = await linkTo(email, "email-change/confirm");
    expect(await rest().post("/api/email-change/confirm/", { token })).toMatchObject({ status: 204 });
    expect(await look()).toMatchObject({ email, email_confirmed_at: expect.any(String) as string });
    await eventually(() =>
      mailbox.mails.find(
        ({ to, subject }) =>
          to.includes(someone.email) && /address of your account was changed/.test(subject),
      ),
    );
    expect(await rest().post("/api/email-change/confirm/", { token })).toMatchObject(badToken);
  });

  test("of a user is changed directly by staff only", async () => {
    const someone = await signUp();
    const email = stranger();
    const path = `/api/users/${someone.id}/`;
    expect(await someone.me.patch(path, { email })).toMatchObject({
      status: 400,
      body: { errors: [{ field: "email" }] },
    });
    expect(await staff.patch(path, { email })).toMatchObject({
      status: 200,
      body: { email, email_confirmed_at: null },
    });
  });
});

test("where addresses must be confirmed, users subscribe only after it; staff always can", async () => {
  const strict = await startSystem({
    env: {
      EMAIL_CONFIRMATION: "required",
      STAFF_USERNAME: "root",
      STAFF_EMAIL: "root@example.com",
      STAFF_PASSWORD: PASSWORD,
      SMTP_URL: mailbox.url,
      PUBLIC_URL: "https://pay.example/billing",
    },
  });
  const client = new RestClient(gatewayUrl(strict.broker));
  const email = stranger();
  await client.post("/api/users/", { username: "strict", email, password: PASSWORD });
  const me = await client.signIn("strict", PASSWORD);
  const refused = { status: 409, body: { type: "user.email_unconfirmed" } };
  expect(await me.post("/api/subscriptions/", { plan: "Pro" })).toMatchObject(refused);
  const boss = await client.signIn("root", PASSWORD);
  const { id } = answered<{ id: string }>(await boss.post("/api/customers/", { name: "Entered" }));
  const order = { plan: "Pro", customer: id };
  expect(await boss.post("/api/subscriptions/", order)).toMatchObject({ status: 201 });
  const { token } = await linkTo(email, "email-confirmation/confirm");
  await client.post("/api/email-confirmation/confirm/", { token });
  expect(await me.post("/api/subscriptions/", { plan: "Pro" })).toMatchObject({ status: 201 });
  await strict.stop();
});

test("each kind of link is valid for its own time", async () => {
  const db = system.db("identity");
  const rows = await db("account_links")
    .distinct<{ purpose: string; minutes: number }[]>(
      "purpose",
      // What a test has made late is left out.
      db.raw("round(extract(epoch FROM expires_at - created_at) / 60)::integer AS minutes"),
    )
    .whereRaw("expires_at - created_at > interval '20 minutes'");
  expect(Object.fromEntries(rows.map(({ purpose, minutes }) => [purpose, minutes]))).toEqual({
    invitation: 7 * 24 * 60,
    password_reset: 30,
    email_confirmation: 3 * 24 * 60,
    email_change: 24 * 60,
  });
});

test("no secret of a link is in a table or an event", async () => {
  const someone = await signUp();
  await rest().post("/api/password-reset/", { email: someone.email });
  const { token } = await linkTo(someone.email, "password-reset/confirm");
  const secret = token.split("_").slice(1).join("_");
  for (const schema of ["identity", "notifications"] as const) {
    const { rows } = await system
      .db(schema)
      .raw<{ rows: { name: string }[] }>(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()",
      );
    for (const { name } of rows) {
      const found = await system
        .db(schema)
        .raw<{ rows: unknown[] }>(`SELECT 1 FROM ${name} AS each WHERE strpos(to_jsonb(each)::text, ?) > 0`, [
          secret,
        ]);
      expect([name, found.rows.length]).toEqual([name, 0]);
    }
  }
});
