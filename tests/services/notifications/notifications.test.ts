import type { CustomerFact } from "../../../shared/contracts/customers";
import { customerFact } from "../../support/customers";
import { randomUUID } from "node:crypto";
import type { Invoice } from "../../../shared/contracts/invoicing";
import type { ParamsOf, PayloadOf } from "../../../shared/contracts";
import type { BillingService } from "../../../shared/service/billing-service";
import { ANSWER_TIMEOUT_MS, smtpMailer } from "../../../services/notifications/mail/smtp-mailer";
import { claimDeliveries } from "../../../services/notifications/queries/claim-deliveries";
import { deliveryOf, queueDeliveries } from "../../../services/notifications/queries/queue-deliveries";
import type { NotificationsEnv, NotificationsTools } from "../../../services/notifications/tools";
import { MailSender } from "../../../services/notifications/workers/send-mails";
import { BillingError } from "../../../shared/errors";
import { addDays, displayDate } from "../../../shared/time";
import { eventually, startSystem, user, type System } from "../../support/system";
import { FakeFeed, openMailbox, type Mailbox } from "./support";
import { unpaidAmounts } from "../../support/invoices";

const STAFF = user("0199f000-0000-7000-8000-000000000001", { staff: true });
const DUE = "2026-01-31";

/** The services that notifications reads from. */
class World {
  readonly identity = new FakeFeed();
  readonly invoicing = new FakeFeed();
  readonly cron = new FakeFeed();
  /** the invoices behind invoicing's `listUnpaid` */
  unpaid: Invoice[] = [];
  /** what `listUnpaid` throws about the runs of a day */
  refuses: { as_of: string; error: Error } | undefined;

  /** Starts the service with fakes of the others. */
  async start(options: Parameters<typeof startSystem>[0] = {}): Promise<System> {
    const started = await startSystem({
      services: ["notifications"],
      env: {
        SMTP_URL: mailbox.url,
        PUBLIC_URL: "https://billing.example",
        MAIL_FROM: "Billing <billing@example.com>",
        BILLING_TIMEZONE: "Europe/Berlin",
      },
      ...options,
    });
    await this.identity.serve(started.broker, "identity");
    await this.cron.serve(started.broker, "cron");
    await this.invoicing.serve(started.broker, "invoicing", {
      listUnpaid: (params: ParamsOf<"invoicing.listUnpaid">) => this.#listUnpaid(params),
    });
    return started;
  }

  #listUnpaid({ due_from, due_to, after, limit = 1000 }: ParamsOf<"invoicing.listUnpaid">): Invoice[] {
    if (this.refuses !== undefined && due_to === addDays(this.refuses.as_of, 3)) throw this.refuses.error;
    return this.unpaid
      .filter(({ due_date }) => due_from <= due_date && due_date <= due_to)
      .filter(({ id }) => after === undefined || id > after)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }
}

const world = new World();
const { identity, invoicing, cron } = world;
let mailbox: Mailbox;
let system: System;
let number = 0;

beforeAll(async () => {
  mailbox = await openMailbox();
  system = await world.start();
});
afterAll(async () => {
  await system.stop();
  await mailbox.close();
});

beforeEach(async () => {
  await system.drain();
  await system.db("notifications").raw("TRUNCATE contacts, customers, deliveries, reminder_runs, outbox");
  mailbox.mails.length = 0;
  mailbox.refuseWith = undefined;
  world.unpaid = [];
});

function account(changes: Partial<PayloadOf<"user.registered">> = {}): PayloadOf<"user.registered"> {
  const id = randomUUID();
  return { id, username: "ada", email: `${id}@example.com`, is_staff: false, is_active: true, ...changes };
}

const customer = (changes: Partial<CustomerFact> = {}) => customerFact(randomUUID(), changes);

function invoice(customerId: string, changes: Partial<Invoice> = {}): Invoice {
  number += 1;
  return {
    id: randomUUID(),
    number: `INV-${String(number).padStart(8, "0")}`,
    subscription: randomUUID(),
    customer: customerId,
    user: null,
    plan: randomUUID(),
    period_start: "2026-01-24",
    period_end: "2026-02-24",
    ...unpaidAmounts(49_900),
    currency: "usd",
    issue_date: "2026-01-24",
    due_date: DUE,
    status: "pending",
    paid_at: null,
    refunded_minor: 0,
    disputed_at: null,
    metadata: {},
    ...changes,
  };
}

const paid = (facts: Invoice): PayloadOf<"invoice.paid"> => ({
  ...facts,
  status: "paid",
  paid_at: "2026-01-30T23:30:00.000Z",
  payment_id: randomUUID(),
});

/** Creates a customer with an unpaid invoice. */
function debtor(changes: Partial<Invoice> = {}, { identity: register, unpaid } = world): Invoice {
  const ada = customer();
  register.say("customer.created", ada);
  const owed = invoice(ada.id, changes);
  unpaid.push(owed);
  return owed;
}

const deliveries = async (filter: ParamsOf<"notifications.listDeliveries"> = {}) =>
  (await system.call("notifications.listDeliveries", filter)).items;

const makeDue = () => system.db("notifications").raw("UPDATE deliveries SET next_attempt_at = now()");

/**
 * The payloads of `reminders.planned`, in order. Read from the outbox: the feed holds back events that are
 * newer than an open transaction.
 */
function payloads<Type extends "reminders.planned" | "reminders.failed">(
  type: Type,
): Promise<PayloadOf<Type>[]> {
  return system.db("notifications")("outbox").where({ type }).orderBy(["xid", "seq"]).pluck("payload");
}
const planned = () => payloads("reminders.planned");

async function auditFindings(): Promise<Record<string, string[]>> {
  const results = await system.call("notifications.audit", {});
  return Object.fromEntries(results.map(({ check, ids }) => [check, ids]));
}

describe("an email address used again", () => {
  it("is told to its first owner, once a day, however often it happens", async () => {
    const ada = account();
    identity.say("user.registered", ada);
    for (const username of ["bob", "bill"])
      identity.say("user.email_used_again", { user_id: ada.id, username });
    await system.drain();
    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]?.to).toEqual([ada.email]);
    expect(mailbox.mails[0]?.body).toMatch(/The other account: {2}bob\r?\n/);
    expect(await deliveries()).toMatchObject([
      { kind: "email_used_again", user: ada.id, customer: null, invoice: null, status: "sent" },
    ]);
  });
});

describe("an invoice", () => {
  it("is mailed to its customer once, with its data and a link to pay", async () => {
    const ada = customer();
    const issued = invoice(ada.id);
    identity.say("customer.created", ada);
    invoicing.say("invoice.issued", issued);
    await system.drain();
    await system.drain();

    const [mail] = mailbox.mails;
    expect(mailbox.mails).toHaveLength(1);
    expect(mail).toMatchObject({
      to: [ada.email],
      subject: `Your invoice ${issued.number}: $499.00, due ${displayDate(DUE)}`,
    });
    expect(mail?.headers).toMatch(/^From: "?Billing"? <billing@example.com>$/m);
    expect(mail?.body).toContain(`https://billing.example/api/pay/?invoice=${issued.id}\n`);
    const [sent] = await deliveries();
    expect(sent).toMatchObject({
      kind: "invoice_issued",
      day: issued.issue_date,
      status: "sent",
      attempts: 0,
      error: null,
    });
    expect(sent?.sent_at).not.toBeNull();
    expect(mail?.messageId).toBe(`<${sent?.id}@billing>`);
  });

  it("with nothing to pay is not mailed, nor is its receipt", async () => {
    const free = invoice(randomUUID(), { amount_minor: 0 });
    invoicing.say("invoice.issued", free);
    invoicing.say("invoice.paid", paid(free));
    await system.drain();
    expect(await deliveries()).toEqual([]);
  });

  it("that is paid gets one receipt, dated in the billing zone", async () => {
    const owed = debtor();
    invoicing.say("invoice.paid", paid(owed), paid(owed));
    await system.drain();
    expect(mailbox.mails).toHaveLength(1);
    expect(mailbox.mails[0]?.subject).toBe(`Your receipt for invoice ${owed.number}: $499.00`);
    expect(mailbox.mails[0]?.body).toContain("Paid on:      31 January 2026\n");
    expect(await deliveries()).toMatchObject([{ kind: "receipt", day: "2026-01-31" }]);
  });

  it("is mailed once although its events come twice", async () => {
    const owed = debtor();
    invoicing.say("invoice.issued", owed, owed, invoice(owed.customer));
    invoicing.say("invoice.paid", paid(owed));
    await system.drain();
    invoicing.say("invoice.issued", owed);
    invoicing.say("invoice.paid", paid(owed));
    await system.drain();
    expect(mailbox.mails).toHaveLength(3);
  });
});

describe("addresses", () => {
  it("are those of the customer's last event, also within one page", async () => {
    const ada = customer();
    identity.say(
      "customer.created",
      { ...ada, email: "first@example.com" },
      { ...ada, email: "second@example.com" },
    );
    identity.say(
      "customer.updated",
      { ...ada, email: "third@example.com" },
      { ...ada, email: "last@example.com" },
    );
    invoicing.say("invoice.issued", invoice(ada.id));
    await system.drain();
    expect(mailbox.mails.map(({ to }) => to)).toEqual([["last@example.com"]]);
  });

  it("that are not known yet are read first", async () => {
    const ada = customer();
    invoicing.say("invoice.issued", invoice(ada.id));
    await system.drain();
    expect(await deliveries()).toMatchObject([
      { status: "queued", attempts: 1, error: "the customer is not known yet" },
    ]);

    identity.say("customer.created", ada);
    await makeDue();
    await system.drain();
    expect(await deliveries()).toMatchObject([{ status: "sent", error: null }]);
  });

  it("of a closed customer get no mail", async () => {
    const ada = customer({ closed_at: "2026-01-20T10:00:00Z" });
    identity.say("customer.updated", ada);
    invoicing.say("invoice.issued", invoice(ada.id));
    await system.drain();
    expect(mailbox.mails).toEqual([]);
    expect(await deliveries()).toMatchObject([
      { status: "cancelled", error: "the customer's account is not active" },
    ]);
  });

  it("cannot add headers, lines or recipients to a mail", async () => {
    const ada = customer({ name: "ada\r\nBcc: all@example.com", email: "ada@example.com" });
    const eve = customer({ email: "eve@example.com, all@example.com\r\nBcc: more@example.com" });
    identity.say("customer.created", ada, eve);
    invoicing.say("invoice.issued", invoice(ada.id), invoice(eve.id));
    await system.drain();
    expect(mailbox.mails.map(({ to }) => to).flat()).not.toContain("all@example.com");
    expect(mailbox.mails.map(({ to }) => to).flat()).not.toContain("more@example.com");
    const mail = mailbox.mails.find(({ to }) => to.includes("ada@example.com"));
    expect(mail?.headers).not.toMatch(/^Bcc/im);
    expect(mail?.body).toContain("Hello ada Bcc: all@example.com,\n");
  });
});

describe("reminders", () => {
  it("are sent once at each stage when the run comes every day", async () => {
    const owed = debtor();
    for (let day = owed.issue_date; day <= addDays(DUE, 40); day = addDays(day, 1)) {
      cron.say("billing.reminders_due", { as_of: day });
      await system.drain();
    }
    expect((await deliveries()).map(({ kind, day, status }) => `${kind} ${day} ${status}`).reverse()).toEqual(
      [
        "reminder_due_soon 2026-01-28 sent",
        "reminder_due_today 2026-01-31 sent",
        "reminder_overdue 2026-02-01 sent",
        "reminder_overdue 2026-02-07 sent",
        "reminder_overdue 2026-02-14 sent",
        "reminder_overdue 2026-03-02 sent",
      ],
    );
    expect(mailbox.mails).toHaveLength(6);
  });

  it("are only those of the latest stage after an outage", async () => {
    debtor();
    cron.say(
      "billing.reminders_due",
      { as_of: "2026-01-28" },
      { as_of: "2026-01-31" },
      { as_of: "2026-02-03" },
    );
    await system.drain();
    expect(await deliveries()).toMatchObject([{ kind: "reminder_overdue", day: "2026-02-01" }]);
    expect(await planned()).toEqual([{ run_id: null, as_of: "2026-02-03", reminded: 1 }]);
  });

  it("of a run by staff are counted for that run, each invoice once", async () => {
    debtor();
    debtor();
    debtor({ due_date: "2026-03-31" });
    const runs = [randomUUID(), randomUUID()] as const;
    invoicing.say(
      "billing_run.reminders_requested",
      { run_id: runs[0], as_of: DUE },
      { run_id: runs[1], as_of: DUE },
    );
    await system.drain();
    expect(mailbox.mails).toHaveLength(2);
    expect(await planned()).toEqual([
      { run_id: runs[0], as_of: DUE, reminded: 2 },
      { run_id: runs[1], as_of: DUE, reminded: 0 },
    ]);
  });

  it("never go back to an earlier stage", async () => {
    debtor();
    invoicing.say("billing_run.reminders_requested", { run_id: randomUUID(), as_of: "2026-02-07" });
    await system.drain();
    cron.say("billing.reminders_due", { as_of: "2026-02-01" });
    await system.drain();
    expect(await deliveries()).toMatchObject([{ day: "2026-02-07" }]);
  });

  it("are planned in pages", async () => {
    world.unpaid = Array.from({ length: 1001 }, () => invoice(randomUUID()));
    cron.say("billing.reminders_due", { as_of: DUE });
    await system.drain();
    expect(await planned()).toEqual([{ run_id: null, as_of: DUE, reminded: 1001 }]);
    const { rows } = await system
      .db("notifications")
      .raw<{ rows: { count: number }[] }>("SELECT count(*) FROM deliveries");
    expect(rows).toEqual([{ count: 1001 }]);
  });

  it("are not queued for an invoice that has just been paid", async () => {
    const owed = debtor();
    invoicing.say("invoice.paid", paid(owed));
    cron.say("billing.reminders_due", { as_of: DUE });
    await system.drain();
    expect((await deliveries()).map(({ kind }) => kind)).toEqual(["receipt"]);
  });

  it("fail with the reason on a day that cannot be, and no other run waits for it", async () => {
    debtor();
    const [absurd, good] = [randomUUID(), randomUUID()];
    for (const as_of of ["1970-01-31", "9999-12-31"]) {
      cron.say("billing.reminders_due", { as_of });
      await system.drain();
    }
    invoicing.say(
      "billing_run.reminders_requested",
      { run_id: absurd, as_of: "1970-03-31" },
      { run_id: good, as_of: DUE },
    );
    await system.drain();
    expect(await planned()).toEqual([{ run_id: good, as_of: DUE, reminded: 1 }]);
    const failed = { error: expect.stringContaining("outside the years 1970 to 9999") };
    expect(await payloads("reminders.failed")).toMatchObject([
      { run_id: null, as_of: "1970-01-31", ...failed },
      { run_id: null, as_of: "9999-12-31", ...failed },
      { run_id: absurd, as_of: "1970-03-31", ...failed },
    ]);
    const findings = await auditFindings();
    expect(findings["reminder_runs_end"]).toEqual([]);
    expect(findings["reminders_planned"]).toHaveLength(1);
  });

  it("of other days are sent while one run has to wait", async () => {
    debtor();
    const error = new BillingError(503, "invoicing.unavailable", "not now");
    world.refuses = { as_of: "2026-01-30", error };
    const [waiting, good] = [randomUUID(), randomUUID()];
    const request = (run_id: string, as_of: string) =>
      invoicing.say("billing_run.reminders_requested", { run_id, as_of });
    request(waiting, "2026-01-30");
    request(good, DUE);
    await expect(system.drain()).rejects.toThrow("not now");
    await expect(system.drain()).rejects.toThrow("not now");
    expect(await planned()).toMatchObject([{ run_id: good, reminded: 1 }]);

    await system.db("notifications").raw("UPDATE reminder_runs SET queued_at = now() - interval '1 hour'");
    expect((await auditFindings())["reminder_runs_end"]).toHaveLength(1);
    world.refuses = undefined;
    await system.drain();
    expect(await planned()).toMatchObject([{ run_id: good }, { run_id: waiting }]);
    expect((await auditFindings())["reminder_runs_end"]).toEqual([]);
  });

  it("of a run by staff that has to wait are not lost when the next daily run comes", async () => {
    debtor();
    const error = new BillingError(503, "invoicing.unavailable", "not now");
    world.refuses = { as_of: "2026-01-30", error };
    const run_id = randomUUID();
    invoicing.say("billing_run.reminders_requested", { run_id, as_of: "2026-01-30" });
    await expect(system.drain()).rejects.toThrow("not now");
    cron.say("billing.reminders_due", { as_of: DUE });
    await expect(system.drain()).rejects.toThrow("not now");
    world.refuses = undefined;
    await system.drain();
    expect((await planned()).map((run) => run.run_id)).toEqual([null, run_id]);
  });

  it("in the queue are cancelled when the invoice is paid or a later one is due", async () => {
    mailbox.refuseWith = "try later";
    const [first, second] = [debtor(), debtor()];
    cron.say("billing.reminders_due", { as_of: DUE });
    await system.drain();
    invoicing.say("invoice.paid", paid(first));
    world.unpaid = [second];
    cron.say("billing.reminders_due", { as_of: addDays(DUE, 1) });
    await system.drain();
    mailbox.refuseWith = undefined;
    await makeDue();
    await system.drain();

    expect(
      (await deliveries({ invoice: first.id })).map(({ kind, status, error }) => [kind, status, error]),
    ).toEqual([
      ["receipt", "sent", null],
      ["reminder_due_today", "cancelled", "the invoice was paid"],
    ]);
    expect(
      (await deliveries({ invoice: second.id })).map(({ kind, status, error }) => [kind, status, error]),
    ).toEqual([
      ["reminder_overdue", "sent", null],
      ["reminder_due_today", "cancelled", "a later reminder took its place"],
    ]);
    expect(mailbox.mails).toHaveLength(2);
  });
});

describe("a mail that is refused", () => {
  it("is sent again after a pause, with the same Message-ID", async () => {
    mailbox.refuseWith = "mailbox busy";
    invoicing.say("invoice.issued", debtor());
    await system.drain();
    const [waiting] = await deliveries();
    expect(waiting).toMatchObject({
      status: "queued",
      attempts: 1,
      error: expect.stringContaining("mailbox busy"),
    });
    expect(await system.call("notifications.drain", {})).toEqual({ done: 0 });

    mailbox.refuseWith = undefined;
    await makeDue();
    await system.drain();
    expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual([`<${waiting?.id}@billing>`]);
    expect(await deliveries()).toMatchObject([{ status: "sent", attempts: 1, error: null }]);
  });

  it("fails finally after the eighth attempt", async () => {
    mailbox.refuseWith = "no such user";
    invoicing.say("invoice.issued", debtor());
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await system.drain();
      expect(await deliveries()).toMatchObject([
        { attempts: attempt, status: attempt < 8 ? "queued" : "failed" },
      ]);
      await makeDue();
    }
    mailbox.refuseWith = undefined;
    await system.drain();
    expect(mailbox.mails).toEqual([]);
  });

  it("delays no other mail", async () => {
    const ada = customer({ email: "not an address" });
    identity.say("customer.created", ada);
    invoicing.say("invoice.issued", invoice(ada.id), debtor(), debtor());
    await system.drain();
    expect(mailbox.mails).toHaveLength(2);
  });
});

describe("a mail that is refused for good", () => {
  it.each([550, 552, 554])("with %i is not sent again", async (code) => {
    mailbox.refuseWith = "no such user";
    mailbox.refuseCode = code;
    invoicing.say("invoice.issued", debtor());
    await system.drain();
    expect(await deliveries()).toMatchObject([
      { status: "failed", attempts: 1, error: expect.stringContaining("no such user") },
    ]);
    mailbox.refuseWith = undefined;
    mailbox.refuseCode = 450;
    await makeDue();
    await system.drain();
    expect(mailbox.mails).toEqual([]);
  });
});

describe("a mail server that is slow to accept a mail", () => {
  let release: () => void = () => undefined;
  let here: System;
  let env: NotificationsEnv;
  const elsewhere = new World();

  beforeAll(async () => {
    here = await elsewhere.start();
    const service = here.broker.getLocalService("notifications") as BillingService<NotificationsTools>;
    // The tests have senders of their own.
    await Promise.all(service.workers.map((worker) => worker.stop()));
    env = service.env;
  });
  afterEach(async () => {
    release();
    mailbox.slowFor = undefined;
    await here.db("notifications").raw("TRUNCATE deliveries");
  });
  afterAll(() => here.stop());

  const makeSlowFor = (...recipients: string[]): void => {
    mailbox.slowFor = { recipients, until: new Promise((resolve) => (release = resolve)) };
  };
  const db = () => here.db("notifications");
  const rows = () => db()("deliveries").select("status", "attempts");
  const secondsOfClaim = async (): Promise<number> => {
    const seconds = "extract(epoch FROM next_attempt_at - now())::int AS seconds";
    const { rows: found } = await db().raw<{ rows: { seconds: number }[] }>(
      `SELECT ${seconds} FROM deliveries`,
    );
    return found[0]?.seconds ?? 0;
  };

  /** Queues one mail for each of some new customers. @returns their addresses */
  async function queueFor(count: number): Promise<string[]> {
    const customers = Array.from({ length: count }, () => customer());
    elsewhere.identity.say("customer.created", ...customers);
    await here.call("notifications.catchUp", { producer: "identity" });
    const mails = customers.map(({ id }) => deliveryOf("invoice_issued", "2026-01-24", invoice(id)));
    await db().transaction((trx) => queueDeliveries(trx, mails));
    return customers.map(({ email }) => String(email));
  }

  it("holds up no other mail, not even where more are slow than are sent at once", async () => {
    makeSlowFor(...(await queueFor(10)));
    const quick = await queueFor(10);
    const sender = new MailSender(env, { slowAfter_ms: 50 });
    await eventually(async () => {
      await sender.step();
      return mailbox.mails.length === 10 ? true : undefined;
    });
    expect(mailbox.mails.flatMap(({ to }) => to).toSorted()).toEqual(quick.toSorted());
    release();
    await sender.stop();
    expect(mailbox.mails).toHaveLength(20);
    expect(await rows()).toEqual(Array.from({ length: 20 }, () => ({ status: "sent", attempts: 0 })));
  });

  it("keeps the mail from other instances, however long it takes", async () => {
    makeSlowFor(...(await queueFor(1)));
    const sender = new MailSender(env, { slowAfter_ms: 50, extendAfter_ms: 0 });
    const arrivedBefore = mailbox.arrived;
    await eventually(async () => {
      await sender.step();
      return mailbox.arrived > arrivedBefore ? true : undefined;
    });
    expect(await secondsOfClaim()).toBeGreaterThan(240);
    expect(await claimDeliveries(db(), 10)).toEqual([]);
    // Four and a half minutes later the claim is about to end.
    await db().raw("UPDATE deliveries SET next_attempt_at = now() + interval '30 seconds'");
    await sender.step();
    expect(await secondsOfClaim()).toBeGreaterThan(240);
    expect(await new MailSender(env).step()).toBe(0);
    release();
    await sender.stop();
    expect(mailbox.mails).toHaveLength(1);
    expect(await rows()).toEqual([{ status: "sent", attempts: 0 }]);
  });

  it("is waited for after the final dot for ten minutes, as RFC 5321 says", async () => {
    expect(ANSWER_TIMEOUT_MS).toBeGreaterThanOrEqual(600_000);
    const to = "slow@example.com";
    const mail = { from: "a@example.com", to, subject: "", text: "", messageId: "<1@billing>" };
    makeSlowFor(to);
    const [impatient, patient] = [
      smtpMailer(mailbox.url, { answerTimeout_ms: 200 }),
      smtpMailer(mailbox.url),
    ];
    await expect(impatient.send(mail)).rejects.toThrow(/timeout/i);
    expect(await impatient.isAvailable()).toBe(true);
    setTimeout(release, 500);
    await patient.send(mail);
    impatient.close();
    patient.close();
  });
});

describe("a mail server that cannot be reached", () => {
  it("costs no attempt; the mails are sent when it is back", async () => {
    const place = await openMailbox();
    const env = { SMTP_URL: place.url };
    await place.close();
    const elsewhere = new World();
    const patient = await elsewhere.start({ env });
    elsewhere.invoicing.say("invoice.issued", ...Array.from({ length: 20 }, () => debtor({}, elsewhere)));
    await patient.drain();
    const { items } = await patient.call("notifications.listDeliveries", { status: "queued" });
    expect(items).toHaveLength(20);
    expect(items.every(({ attempts }) => attempts === 0)).toBe(true);
    expect(items.filter(({ error }) => error?.includes("ECONNREFUSED"))).toHaveLength(8);

    const back = await openMailbox(Number(new URL(place.url).port));
    await patient.db("notifications").raw("UPDATE deliveries SET next_attempt_at = now()");
    const fresh = await elsewhere.start({ env, databaseUrl: patient.databaseUrl });
    await fresh.drain();
    await fresh.stop();
    await patient.stop();
    await back.close();
    expect(back.mails).toHaveLength(20);
  });
});

describe("a crash after a mail is sent and before it is marked", () => {
  it("sends the mail again with the same Message-ID", async () => {
    const db = system.db("notifications");
    await db.raw("ALTER TABLE deliveries ADD CONSTRAINT crash CHECK (status <> 'sent')");
    invoicing.say("invoice.issued", debtor());
    // The worker may already have started by itself.
    await system.drain().catch(() => undefined);
    await db.raw("ALTER TABLE deliveries DROP CONSTRAINT crash");
    await system.drain();
    expect(mailbox.mails).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ status: "queued" }]);

    await makeDue();
    await system.drain();
    expect(mailbox.mails).toHaveLength(2);
    expect(new Set(mailbox.mails.map(({ messageId }) => messageId)).size).toBe(1);
    expect(await deliveries()).toMatchObject([{ status: "sent", attempts: 0 }]);
  });
});

describe("two instances", () => {
  it("share the work: each mail is sent once, each reminder is queued and counted once", async () => {
    const other = await world.start({ databaseUrl: system.databaseUrl });
    const owed = Array.from({ length: 40 }, () => debtor());
    invoicing.say("invoice.issued", ...owed);
    const runs = Array.from({ length: 5 }, () => ({ run_id: randomUUID(), as_of: DUE }));
    invoicing.say("billing_run.reminders_requested", ...runs);
    await Promise.all([system.drain(), other.drain()]);
    await Promise.all([system.drain(), other.drain()]);
    await other.stop();

    expect(mailbox.mails).toHaveLength(80);
    expect(new Set(mailbox.mails.map(({ messageId }) => messageId)).size).toBe(80);
    expect((await planned()).map(({ reminded }) => reminded)).toEqual([40, 0, 0, 0, 0]);
  });
});

describe("the list of deliveries", () => {
  it("is for staff: the latest first, in pages, by invoice and by state", async () => {
    mailbox.refuseWith = "try later";
    const owed = Array.from({ length: 5 }, () => debtor());
    invoicing.say("invoice.issued", ...owed);
    await system.drain();
    const list = system.as(STAFF);
    const first = await list("notifications.listDeliveries", { limit: 3 });
    const rest = await list("notifications.listDeliveries", { limit: 3, cursor: first.next ?? "" });
    const ids = [...first.items, ...rest.items].map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? 1 : -1)));
    expect(new Set(ids).size).toBe(5);
    expect(rest.next).toBeNull();
    expect((await list("notifications.listDeliveries", { invoice: owed[2]?.id })).items).toMatchObject([
      { invoice: owed[2]?.id },
    ]);
    expect((await list("notifications.listDeliveries", { status: "sent" })).items).toEqual([]);
    expect((await list("notifications.listDeliveries", { status: "queued" })).items).toHaveLength(5);
  });

  it.each([
    { params: { cursor: "made-up" }, field: "cursor" },
    { params: { status: "lost" }, field: "status" },
    { params: { invoice: "42" }, field: "invoice" },
    { params: { kind: "receipt" }, field: "kind" },
    { params: { limit: 201 }, field: "limit" },
  ])("refuses $params", async ({ params, field }) => {
    await expect(system.as(STAFF)("notifications.listDeliveries", params as never)).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field }] },
    });
  });

  it("is not for customers or anonymous callers", async () => {
    await expect(system.as(user(randomUUID()))("notifications.listDeliveries", {})).rejects.toMatchObject({
      code: 403,
    });
    await expect(system.as({ kind: "anonymous" })("notifications.listDeliveries", {})).rejects.toMatchObject({
      code: 401,
    });
  });
});
