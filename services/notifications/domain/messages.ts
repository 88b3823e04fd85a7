import type { DeliveryKind } from "../../../shared/contracts/notifications";
import { formatAmount } from "../../../shared/money";
import { addDays, type IsoDate } from "../../../shared/time";

/** What a text says of its invoice; `period_end` is the first day that is not covered any more. */
export interface InvoiceFacts {
  number: string;
  amount_minor: number;
  currency: string;
  issue_date: IsoDate;
  due_date: IsoDate;
  period_start: IsoDate;
  period_end: IsoDate;
}

export interface Letter {
  kind: DeliveryKind;
  invoice: InvoiceFacts;
  /** the customer's name as they chose it */
  username: string;
  /** where the invoice can be paid */
  payLink: string;
  /** the day that the message is about: of payment for a receipt */
  day: IsoDate;
}

export interface Message {
  subject: string;
  text: string;
}

type Wording = (letter: Letter, amount: string) => { subject: string; lines: string[] };

const WORDINGS: Record<DeliveryKind, Wording> = {
  invoice_issued: ({ invoice, payLink }, amount) => ({
    subject: `Invoice ${invoice.number}: ${amount}, due ${invoice.due_date}`,
    lines: ["here is your invoice.", "", ...summary(invoice, amount), "", `You can pay it here: ${payLink}`],
  }),
  receipt: ({ invoice, day }, amount) => ({
    subject: `Receipt for invoice ${invoice.number}: ${amount}`,
    lines: ["thank you: your payment has arrived.", "", ...summary(invoice, amount), `Paid on:  ${day}`],
  }),
  reminder_due_soon: (letter, amount) => reminder(letter, amount, `is due on ${letter.invoice.due_date}`),
  reminder_due_today: (letter, amount) =>
    reminder(letter, amount, `is due today, ${letter.invoice.due_date}`),
  reminder_overdue: (letter, amount) =>
    reminder(letter, amount, `was due on ${letter.invoice.due_date} and is overdue`),
};

/** The mail, in plain text, that tells a customer what a delivery is about. */
export function compose(letter: Letter): Message {
  const { invoice, username, kind } = letter;
  const amount = `${formatAmount(invoice.amount_minor, invoice.currency)} ${invoice.currency.toUpperCase()}`;
  const { subject, lines } = WORDINGS[kind](letter, amount);
  return { subject: oneLine(subject), text: [`Hello ${oneLine(username)},`, "", ...lines, ""].join("\n") };
}

function reminder({ invoice, payLink }: Letter, amount: string, state: string) {
  return {
    subject: `Reminder: invoice ${invoice.number} ${state}`,
    lines: [
      `invoice ${invoice.number} over ${amount} ${state}.`,
      "",
      ...summary(invoice, amount),
      "",
      `You can pay it here: ${payLink}`,
      "",
      "If you have paid in the meantime, please disregard this message.",
    ],
  };
}

function summary(invoice: InvoiceFacts, amount: string): string[] {
  return [
    `Invoice:  ${invoice.number} of ${invoice.issue_date}`,
    `Period:   ${invoice.period_start} to ${addDays(invoice.period_end, -1)}`,
    `Amount:   ${amount}`,
    `Due:      ${invoice.due_date}`,
  ];
}

/**
 * Text that comes from people, made harmless for a header and a line: no line breaks, no other control
 * characters.
 */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
