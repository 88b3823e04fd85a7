import type { Invoice } from "../../../shared/contracts/invoicing";
import type { AccountMailKind, DeliveryKind, LinkMailKind } from "../../../shared/contracts/notifications";
import { displayAmount } from "../../../shared/money";
import { addDays, displayDate, type IsoDate } from "../../../shared/time";

/** What a mail says about its invoice. `period_end` is the first day after the period. */
export type InvoiceFacts = Pick<
  Invoice,
  "number" | "amount_minor" | "currency" | "issue_date" | "due_date" | "period_start" | "period_end"
>;

/** What a mail says about an account. */
export interface AccountFacts {
  /** the name of the other account with the same address */
  other_username?: string;
  /** the address that the account had, to which this mail goes */
  old_email?: string;
}

export type InvoiceMailKind = Exclude<DeliveryKind, AccountMailKind | LinkMailKind>;

/** What a mail is made from. */
export type MailFacts = InvoiceMail | AccountMail | LinkMail;

export interface AccountMail {
  kind: AccountMailKind;
  account: AccountFacts;
  /** the recipient's name */
  name: string;
}

export interface LinkMail {
  kind: LinkMailKind;
  /** the recipient's name; for an invitation, the address */
  name: string;
  /** the customer that invites */
  invitedBy: string | null;
  url: string;
  /** the last instant of the link, as people read it */
  validUntil: string;
}

export interface InvoiceMail {
  kind: InvoiceMailKind;
  invoice: InvoiceFacts;
  /** its lines; none while invoicing does not answer */
  lines: readonly LineFacts[];
  /** the recipient's name */
  name: string;
  /** where the invoice can be paid */
  payLink: string;
  /** for a receipt: the date of payment */
  day: IsoDate;
}

/** A line of an invoice. */
export interface LineFacts {
  description: string;
  quantity: number;
  amount_minor: number;
}

/** Who sells, as configured. */
export interface SellerFacts {
  /** undefined: not configured */
  name: string | undefined;
  /** its lines */
  address: readonly string[];
}

export interface Message {
  subject: string;
  text: string;
}

/** The parts of an invoice as customers read them: "$499.00", "31 January 2026". */
interface Shown {
  number: string;
  billedTo: string;
  /** what was sold, in rows */
  sold: string[];
  amount: string;
  issued: string;
  period: string;
  due: string;
  paid: string;
  payLink: string;
}

const TEXTS: Record<InvoiceMailKind, (shown: Shown) => { subject: string; body: string[] }> = {
  invoice_issued: (shown) => ({
    subject: `Your invoice ${shown.number}: ${shown.amount}, due ${shown.due}`,
    body: ["Here is your new invoice.", "", ...amountDue(shown), "", payNow(shown)],
  }),
  receipt: (shown) => ({
    subject: `Your receipt for invoice ${shown.number}: ${shown.amount}`,
    body: ["Thank you for your payment. This is your receipt.", "", ...amountPaid(shown)],
  }),
  reminder_due_soon: (shown) => ({
    subject: `Reminder: invoice ${shown.number} (${shown.amount}) is due on ${shown.due}`,
    body: reminder(shown, `Your invoice ${shown.number} for ${shown.amount} is due on ${shown.due}.`),
  }),
  reminder_due_today: (shown) => ({
    subject: `Reminder: invoice ${shown.number} (${shown.amount}) is due today, ${shown.due}`,
    body: reminder(shown, `Your invoice ${shown.number} for ${shown.amount} is due today, ${shown.due}.`),
  }),
  reminder_overdue: (shown) => ({
    subject: `Overdue: invoice ${shown.number} (${shown.amount}) was due on ${shown.due}`,
    body: reminder(
      shown,
      `Your invoice ${shown.number} for ${shown.amount} was due on ${shown.due}.`,
      "We have not received your payment yet. Please pay as soon as you can.",
    ),
  }),
};

/** What each mail with a link says before and after the link. */
const LINK_TEXTS: Record<
  LinkMailKind,
  (mail: LinkMail) => { subject: string; before: string; after: string }
> = {
  invitation: ({ invitedBy }) => ({
    subject: `You are invited to the billing of ${inviterName(invitedBy)}`,
    before: "You are invited to see and pay the invoices of this customer. To accept, open:",
    after: "If you do not know why you got this email, please ignore it.",
  }),
  password_reset: ({ name }) => ({
    subject: "Choose a new password",
    before: `Somebody has asked for a new password for the account ${oneLine(name)}. To choose one, open:`,
    after: "If that was not you, please ignore this email. Your password stays as it is.",
  }),
  email_confirmation: ({ name }) => ({
    subject: "Please confirm your email address",
    before: `The account ${oneLine(name)} was made with this email address. To confirm it, open:`,
    after: "If that was not you, please ignore this email.",
  }),
  email_change: ({ name }) => ({
    subject: "Please confirm your new email address",
    before: `The account ${oneLine(name)} is to have this email address. To confirm it, open:`,
    after: "If that was not you, please ignore this email. Nothing changes then.",
  }),
};

const LONGEST_INVITER = 60;

/** Customers choose their names, and invite whom they like: no name becomes an advertisement with a link. */
function inviterName(name: string | null): string {
  const line = oneLine(name ?? "");
  if (line === "" || /:\/\/|www\./i.test(line)) return "a customer";
  return line.length <= LONGEST_INVITER ? line : `${line.slice(0, LONGEST_INVITER)}…`;
}

const ACCOUNT_TEXTS: Record<AccountMailKind, (mail: AccountMail) => { subject: string; body: string[] }> = {
  email_used_again: ({ account, name }) => ({
    subject: "Your email address was used for another account",
    body: [
      "Somebody has given your email address for another account.",
      "",
      `Your account:       ${oneLine(name)}`,
      `The other account:  ${oneLine(account.other_username ?? "")}`,
      "",
      "If that was you, you need not do anything. You can use both accounts.",
      "If it was not you, your account is safe: the other account cannot see or change it. Please tell us.",
    ],
  }),
  email_changed: ({ name }) => ({
    subject: "The email address of your account was changed",
    body: [
      `The account ${oneLine(name)} has another email address now. We will write to that one.`,
      "",
      "If that was not you, please reply to this email at once.",
    ],
  }),
};

/** A mail in plain text and English, signed by the seller. */
export function compose(facts: MailFacts, seller: SellerFacts): Message {
  const { subject, body } = textOf(facts);
  const lines = [`Hello ${oneLine(facts.name)},`, "", ...body, "", ...closing(seller), ""];
  return { subject: oneLine(subject), text: lines.join("\n") };
}

function textOf(facts: MailFacts): { subject: string; body: string[] } {
  if ("invoice" in facts) return aboutInvoice(facts);
  if ("account" in facts) return ACCOUNT_TEXTS[facts.kind](facts);
  const { subject, before, after } = LINK_TEXTS[facts.kind](facts);
  const validity = `The link works once, until ${facts.validUntil}.`;
  return { subject, body: [before, "", facts.url, "", validity, after] };
}

function aboutInvoice(facts: InvoiceMail): { subject: string; body: string[] } {
  const { kind, invoice, name, payLink, day } = facts;
  const lastDay = addDays(invoice.period_end, -1);
  return TEXTS[kind]({
    number: invoice.number,
    billedTo: oneLine(name),
    sold: soldRows(facts),
    amount: shownAmount(invoice.amount_minor, invoice.currency),
    issued: displayDate(invoice.issue_date),
    period: `${displayDate(invoice.period_start)} to ${displayDate(lastDay)}`,
    due: displayDate(invoice.due_date),
    paid: displayDate(day),
    payLink,
  });
}

/** One row for each line, with its amount where there are several. */
function soldRows({ lines, invoice: { currency } }: InvoiceMail): string[] {
  return lines.map(({ description, quantity, amount_minor }, index) => {
    const times = quantity === 1 ? "" : `${quantity} × `;
    const amount = lines.length === 1 ? "" : `: ${shownAmount(amount_minor, currency)}`;
    return `${index === 0 ? "For:" : "    "}          ${times}${oneLine(description)}${amount}`;
  });
}

/** A no-break space would make the mail's subject and body encoded text. */
function shownAmount(amountMinor: number, currency: string): string {
  return displayAmount(amountMinor, currency).replaceAll("\u00a0", " ");
}

function closing({ name = "The billing team", address }: SellerFacts): string[] {
  return ["Do you have a question? Reply to this email.", "", "Kind regards,", name, ...address];
}

function reminder(shown: Shown, ...opening: string[]): string[] {
  const thanks = "If you have paid in the meantime, thank you. Please ignore this email.";
  return [...opening, "", ...amountDue(shown), "", payNow(shown), "", thanks];
}

function amountDue(shown: Shown): string[] {
  return [...summary(shown), `Amount due:   ${shown.amount}`, `Due on:       ${shown.due}`];
}

function amountPaid(shown: Shown): string[] {
  return [...summary(shown), `Amount paid:  ${shown.amount}`, `Paid on:      ${shown.paid}`];
}

function summary({ number, billedTo, sold, issued, period }: Shown): string[] {
  return [
    `Invoice:      ${number}`,
    `Billed to:    ${billedTo}`,
    ...sold,
    `Issued on:    ${issued}`,
    `Period:       ${period}`,
  ];
}

function payNow({ payLink }: Shown): string {
  return `Pay by card: ${payLink}`;
}

/** Text from people without line breaks and control characters: it cannot add a header or a line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
