import { deliveryStatus, type DeliveryKind } from "../../../shared/contracts/notifications";
import { statesBefore, TRANSITIONS } from "../../../services/notifications/domain/delivery.state";
import { compose, type Letter } from "../../../services/notifications/domain/messages";
import {
  dueDatesToRemind,
  reminderFor,
  STAGES,
} from "../../../services/notifications/domain/reminder-policy";
import { retryIn_ms } from "../../../services/notifications/domain/retry-policy";
import { consoleMailer } from "../../../services/notifications/mail/console";
import { addDays } from "../../../shared/time";

describe("the states of a delivery", () => {
  const legal = ["queued sent", "queued failed", "queued cancelled", "cancelled sent"];
  const pairs = deliveryStatus.options.flatMap((from) =>
    deliveryStatus.options.map((to) => [from, to] as const),
  );

  it.each(pairs)("%s to %s", (from, to) => {
    expect((TRANSITIONS[from] as readonly string[]).includes(to)).toBe(legal.includes(`${from} ${to}`));
    expect(statesBefore(to).includes(from)).toBe(legal.includes(`${from} ${to}`));
  });
});

describe("the reminder that an unpaid invoice calls for", () => {
  const invoice = { issue_date: "2026-01-24", due_date: "2026-01-31" };
  /** Days after the due date, and the stage that is then the latest. */
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

  it("is given once by each stage when somebody looks every day, and never two by one day", () => {
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
  ])(
    "leaves out a stage that the invoice's own mail has just covered: $what",
    ({ issue_date, on, reminder }) => {
      expect(reminderFor({ issue_date, due_date: "2026-01-31" }, on)?.day).toBe(reminder);
    },
  );

  it("is looked for among the invoices that can have one, and for two months after the last", () => {
    expect(dueDatesToRemind("2026-06-30")).toEqual({ due_from: "2026-04-01", due_to: "2026-07-03" });
    const called = (due_date: string) => reminderFor({ issue_date: "2026-01-01", due_date }, "2026-06-30");
    expect(called("2026-07-03")).toBeDefined();
    expect(called("2026-07-04")).toBeUndefined();
  });
});

describe("the pause before a refused mail is tried again", () => {
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

  it("has no end after the eighth", () => {
    expect(retryIn_ms(8)).toBeNull();
    expect(retryIn_ms(9)).toBeNull();
  });
});

describe("the texts", () => {
  const letter = (kind: DeliveryKind, changes: Partial<Letter["invoice"]> = {}): Letter => ({
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
    username: "ada",
    payLink: "https://billing.example/api/pay/?invoice=1",
    day: "2026-01-25",
  });

  it.each<[DeliveryKind, string]>([
    ["invoice_issued", "Invoice INV-00000042: 499.00 USD, due 2026-01-31"],
    ["receipt", "Receipt for invoice INV-00000042: 499.00 USD"],
    ["reminder_due_soon", "Reminder: invoice INV-00000042 is due on 2026-01-31"],
    ["reminder_due_today", "Reminder: invoice INV-00000042 is due today, 2026-01-31"],
    ["reminder_overdue", "Reminder: invoice INV-00000042 was due on 2026-01-31 and is overdue"],
  ])("of %s name the invoice, the amount and the days", (kind, subject) => {
    const message = compose(letter(kind));
    expect(message.subject).toBe(subject);
    expect(message.text).toContain("Hello ada,\n");
    expect(message.text).toContain("Invoice:  INV-00000042 of 2026-01-24\n");
    expect(message.text).toContain("Period:   2026-01-24 to 2026-02-23\n");
    expect(message.text).toContain("Amount:   499.00 USD\n");
    expect(message.text).toContain("Due:      2026-01-31\n");
    expect(message.text.includes("https://billing.example/api/pay/?invoice=1")).toBe(kind !== "receipt");
  });

  it.each([
    { amount_minor: 499, currency: "jpy", text: "499 JPY" },
    { amount_minor: 1_500, currency: "kwd", text: "1.500 KWD" },
  ])("write $text with the decimals of its currency", ({ text, ...amount }) => {
    expect(compose(letter("receipt", amount)).subject).toContain(`: ${text}`);
  });

  it("tell of a receipt when it was paid", () => {
    expect(compose(letter("receipt")).text).toContain("Paid on:  2026-01-25\n");
  });

  it("keep a name from forging lines", () => {
    const { text } = compose({ ...letter("receipt"), username: "ada\r\nBcc: all@example.com\u2028\u0000x" });
    expect(text).toContain("Hello ada Bcc: all@example.com x,\n");
  });
});

describe("a mail on the console", () => {
  it("is a block that people can read", async () => {
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
