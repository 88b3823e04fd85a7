import { deliveryStatus } from "../../../shared/contracts/notifications";
import { deliveryStates } from "../../../services/notifications/domain/delivery.state";
import {
  compose,
  type InvoiceFacts,
  type InvoiceMail,
  type InvoiceMailKind,
} from "../../../services/notifications/domain/messages";
import {
  dueDatesToRemind,
  reminderFor,
  STAGES,
} from "../../../services/notifications/domain/reminder-policy";
import { retryIn_ms } from "../../../services/notifications/domain/retry-policy";
import { consoleMailer } from "../../../services/notifications/mail/console-mailer";
import { addDays } from "../../../shared/time";

describe("the states of a delivery", () => {
  const legal = ["queued sent", "queued failed", "queued cancelled", "cancelled sent"];
  const pairs = deliveryStatus.options.flatMap((from) =>
    deliveryStatus.options.map((to) => [from, to] as const),
  );

  it.each(pairs)("%s to %s", (from, to) => {
    expect(deliveryStates.allows(from, to)).toBe(legal.includes(`${from} ${to}`));
    expect(deliveryStates.before(to).includes(from)).toBe(legal.includes(`${from} ${to}`));
  });
});

describe("the reminder of an unpaid invoice", () => {
  const invoice = { issue_date: "2026-01-24", due_date: "2026-01-31" };
  /** The latest stage, some days after the due date. */
  const expected = (days: number): { kind: string; days: number } | undefined => {
    if (days < -3) return undefined;
    if (days < 0) return { kind: "reminder_due_soon", days: -3 };
    if (days < 1) return { kind: "reminder_due_today", days: 0 };
    if (days < 7) return { kind: "reminder_overdue", days: 1 };
    if (days < 14) return { kind: "reminder_overdue", days: 7 };
    if (days < 30) return { kind: "reminder_overdue", days: 14 };
    return { kind: "reminder_overdue", days: 30 };
  };

  it.each(Array.from({ length: 51 }, (_, index) => index - 8))("%i days after the due date", (days) => {
    const stage = expected(days);
    expect(reminderFor(invoice, addDays(invoice.due_date, days))).toEqual(
      stage && { kind: stage.kind, day: addDays(invoice.due_date, stage.days) },
    );
  });

  it("comes once for each stage when it is checked every day, and never two on one day", () => {
    const days = Array.from({ length: 100 }, (_, index) => addDays(invoice.issue_date, index));
    const reminders = days
      .map((day) => reminderFor(invoice, day))
      .filter((reminder) => reminder !== undefined);
    const distinct = new Set(reminders.map(({ kind, day }) => `${kind} ${day}`));
    expect(distinct.size).toBe(STAGES.length);
    expect(new Set(reminders.map(({ day }) => day)).size).toBe(STAGES.length);
  });

  it.each([
    { what: "due on the day of issue", issue_date: "2026-01-31", on: "2026-01-31", reminder: undefined },
    {
      what: "due on the day of issue, a day later",
      issue_date: "2026-01-31",
      on: "2026-02-01",
      reminder: "2026-02-01",
    },
    {
      what: "due three days after issue, on the day of issue",
      issue_date: "2026-01-28",
      on: "2026-01-28",
      reminder: undefined,
    },
    {
      what: "due three days after issue, on the due date",
      issue_date: "2026-01-28",
      on: "2026-01-31",
      reminder: "2026-01-31",
    },
    { what: "due four days after issue", issue_date: "2026-01-27", on: "2026-01-28", reminder: "2026-01-28" },
  ])("skips a stage on or before the day of issue: $what", ({ issue_date, on, reminder }) => {
    expect(reminderFor({ issue_date, due_date: "2026-01-31" }, on)?.day).toBe(reminder);
  });

  it("is searched among the invoices that can have one, until two months after the last stage", () => {
    expect(dueDatesToRemind("2026-06-30")).toEqual({ due_from: "2026-04-01", due_to: "2026-07-03" });
    const called = (due_date: string) => reminderFor({ issue_date: "2026-01-01", due_date }, "2026-06-30");
    expect(called("2026-07-03")).toBeDefined();
    expect(called("2026-07-04")).toBeUndefined();
  });
});

describe("the pause before a refused mail is sent again", () => {
  it.each([
    [1, 1],
    [2, 3],
    [3, 9],
    [4, 27],
    [5, 81],
    [6, 243],
    [7, 720],
  ])("after attempt %i is %i minutes", (attempts, minutes) => {
    expect(retryIn_ms(attempts)).toBe(minutes * 60_000);
  });

  it("does not exist after the eighth attempt", () => {
    expect(retryIn_ms(8)).toBeNull();
    expect(retryIn_ms(9)).toBeNull();
  });
});

describe("the text of a mail", () => {
  const facts = (kind: InvoiceMailKind, changes: Partial<InvoiceFacts> = {}): InvoiceMail => ({
    kind,
    invoice: {
      number: "INV-00000042",
      amount_minor: 49_900,
      currency: "usd",
      issue_date: "2026-01-24",
      due_date: "2026-01-31",
      period_start: "2026-01-24",
      period_end: "2026-02-24",
      ...changes,
    },
    lines: [{ description: "Pro, 24 January 2026 to 23 February 2026", quantity: 1, amount_minor: 49_900 }],
    name: "ada",
    payLink: "https://billing.example/api/pay/?invoice=1",
    day: "2026-01-25",
  });

  const nobody = { name: undefined, address: [] };

  // A new kind does not compile until its subject is here.
  const SUBJECTS: Record<InvoiceMailKind, string> = {
    invoice_issued: "Your invoice INV-00000042: $499.00, due 31 January 2026",
    receipt: "Your receipt for invoice INV-00000042: $499.00",
    reminder_due_soon: "Reminder: invoice INV-00000042 ($499.00) is due on 31 January 2026",
    reminder_due_today: "Reminder: invoice INV-00000042 ($499.00) is due today, 31 January 2026",
    reminder_overdue: "Overdue: invoice INV-00000042 ($499.00) was due on 31 January 2026",
  };

  it.each(Object.entries(SUBJECTS) as [InvoiceMailKind, string][])(
    "of kind %s names the invoice, the amount and the dates",
    (kind, subject) => {
      const message = compose(facts(kind), nobody);
      const isReceipt = kind === "receipt";
      expect(message.subject).toBe(subject);
      expect(message.text).toContain("Hello ada,\n");
      expect(message.text).toContain("Invoice:      INV-00000042\n");
      expect(message.text).toContain("Issued on:    24 January 2026\n");
      expect(message.text).toContain("Period:       24 January 2026 to 23 February 2026\n");
      expect(message.text).toContain(`${isReceipt ? "Amount paid:" : "Amount due: "}  $499.00\n`);
      expect(message.text).toContain(
        isReceipt ? "Paid on:      25 January 2026\n" : "Due on:       31 January 2026\n",
      );
      expect(message.text).toContain("Reply to this email.\n");
      expect(message.text.includes("https://billing.example/api/pay/?invoice=1")).toBe(!isReceipt);
    },
  );

  it.each([
    { amount_minor: 499, currency: "jpy", text: "¥499" },
    { amount_minor: 1_500, currency: "kwd", text: "KWD 1.500" },
    { amount_minor: 123_456_789, currency: "eur", text: "€1,234,567.89" },
  ])("shows $text with the decimals of its currency", ({ text, ...amount }) => {
    expect(compose(facts("receipt", amount), nobody).subject).toMatch(new RegExp(`: ${text}$`));
  });

  it("cannot be given another line by a name", () => {
    const name = "ada\r\nBcc: all@example.com\u2028\u0000x";
    const { text } = compose({ ...facts("receipt"), name }, nobody);
    expect(text).toContain("Hello ada Bcc: all@example.com x,\n");
  });

  const link = { url: "https://billing.example/api/x/#token", validUntil: "1 May 2026 at 10:00 (UTC)" };

  it.each([
    ["invitation", "You are invited to the billing of Example Ltd"],
    ["password_reset", "Choose a new password"],
    ["email_confirmation", "Please confirm your email address"],
    ["email_change", "Please confirm your new email address"],
  ] as const)("with a link, of kind %s, have it on a line of its own", (kind, subject) => {
    const mail = { kind, name: "ada", invitedBy: kind === "invitation" ? "Example Ltd" : null, ...link };
    const message = compose(mail, nobody);
    expect(message.subject).toBe(subject);
    expect(message.text).toContain("\n\nhttps://billing.example/api/x/#token\n\n");
    expect(message.text).toContain("The link works once, until 1 May 2026 at 10:00 (UTC).\n");
  });

  it.each([
    ["Win now: https://evil.example", "a customer"],
    ["www.evil.example", "a customer"],
    ["x".repeat(61), `${"x".repeat(60)}…`],
    ["two\r\nlines", "two lines"],
  ])("an invitation by a customer named %j is no advertisement", (invitedBy, shown) => {
    const { subject } = compose({ kind: "invitation", name: "ada", invitedBy, ...link }, nobody);
    expect(subject).toBe(`You are invited to the billing of ${shown}`);
  });

  it("about an address used again names both accounts, on one line each", () => {
    const account = { other_username: "bob\r\nBcc: all@example.com" };
    expect(compose({ kind: "email_used_again", account, name: "ada" }, nobody)).toEqual({
      subject: "Your email address was used for another account",
      text: `Hello ada,

Somebody has given your email address for another account.

Your account:       ada
The other account:  bob Bcc: all@example.com

If that was you, you need not do anything. You can use both accounts.
If it was not you, your account is safe: the other account cannot see or change it. Please tell us.

Do you have a question? Reply to this email.

Kind regards,
The billing team
`,
    });
  });

  it("reads like a mail from a company", () => {
    const seller = { name: "Example Inc.", address: ["1 Main Street", "12345 Springfield"] };
    expect(compose(facts("reminder_overdue"), seller).text).toBe(`Hello ada,

Your invoice INV-00000042 for $499.00 was due on 31 January 2026.
We have not received your payment yet. Please pay as soon as you can.

Invoice:      INV-00000042
Billed to:    ada
For:          Pro, 24 January 2026 to 23 February 2026
Issued on:    24 January 2026
Period:       24 January 2026 to 23 February 2026
Amount due:   $499.00
Due on:       31 January 2026

Pay by card: https://billing.example/api/pay/?invoice=1

If you have paid in the meantime, thank you. Please ignore this email.

Do you have a question? Reply to this email.

Kind regards,
Example Inc.
1 Main Street
12345 Springfield
`);
  });

  it("has a row for each line of the invoice", () => {
    const lines = [
      { description: "Pro\nBcc: x", quantity: 3, amount_minor: 30_000 },
      { description: "Support", quantity: 1, amount_minor: 19_900 },
    ];
    const { text } = compose({ ...facts("receipt"), lines }, nobody);
    expect(text).toContain("For:          3 × Pro Bcc: x: $300.00\n              Support: $199.00\n");
  });
});

describe("a mail on the console", () => {
  it("is printed as a block", async () => {
    const printed: string[] = [];
    const mailer = consoleMailer((text) => printed.push(text));
    await mailer.send({
      from: "billing@localhost",
      to: "ada@example.com",
      subject: "Hi",
      text: "One\nTwo\n",
      messageId: "<1@billing>",
    });
    expect(printed.join("")).toMatch(/^\n─+\nMail to ada@example.com\nHi\n\nOne\nTwo\n─+\n\n$/);
    expect(await mailer.isAvailable()).toBe(true);
  });
});
