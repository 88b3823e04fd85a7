import type { Knex } from "../../shared/db/open-database";
import type { Results } from "./actions";
import {
  count,
  readInvoices,
  readLastNumber,
  readSubscriptions,
  readViolations,
  type BookedInvoice,
} from "./books";
import { addDays, dayOf, type Day } from "./calendar";
import { endDateOf, expectedInvoices } from "./model";
import type { Story } from "./story";

const DUE_DAYS = 7;

/** Compares the books with the model. @returns one sentence for each difference */
export async function checkBooks(db: Knex, story: Story, results: Results): Promise<string[]> {
  const lastDay = dayOf(story.lastMoment);
  const invoices = await readInvoices(db);
  return [
    ...comparePeriods(invoices, story, results, lastDay),
    ...checkNumbers(invoices, await readLastNumber(db)),
    ...invoices.flatMap((invoice) => checkInvoice(invoice, results, lastDay)),
    ...compareSubscriptions(await readSubscriptions(db), story, results, lastDay),
    ...checkCharges(await count(db, "invoicing.charges"), results),
    ...(await readViolations(db)),
  ];
}

/** Exactly the periods of the model must be billed, at exactly its amounts. */
function comparePeriods(
  invoices: BookedInvoice[],
  story: Story,
  { subscriptionIds }: Results,
  lastDay: Day,
): string[] {
  const expected = expectedInvoices(story, lastDay).map(
    ({ subscription: index, periodStart, periodEnd, amount, currency }) =>
      `${index} ${subscriptionIds[index]}: ${periodStart} to ${periodEnd}, ${amount} ${currency}`,
  );
  const indexOf = new Map([...subscriptionIds.entries()].map(([index, id]) => [id, index]));
  const booked = invoices.map(
    ({ subscription_id: id, period_start, period_end, amount_minor, charges_minor, currency }) =>
      `${indexOf.get(id) ?? "?"} ${id}: ${period_start} to ${period_end}, ` +
      `${amount_minor - charges_minor} ${currency}`,
  );
  return [
    ...without(expected, booked).map((each) => `missing or different invoice: ${each}`),
    ...without(booked, expected).map((each) => `unexpected invoice: ${each}`),
  ];
}

/** A list without the items of another; each item there removes one here. */
function without(list: string[], other: string[]): string[] {
  const left = new Map<string, number>();
  for (const each of other) left.set(each, (left.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const times = left.get(each) ?? 0;
    left.set(each, times - 1);
    return times <= 0;
  });
}

function checkCharges(found: number, { charges }: Results): string[] {
  return found === charges ? [] : [`${charges} charges were made, and ${found} are there`];
}

function checkNumbers(invoices: BookedInvoice[], lastNumber: number): string[] {
  const wrong = invoices.find(({ sequence }, index) => sequence !== index + 1);
  return [
    ...(wrong === undefined ? [] : [`a number before ${wrong.sequence} is missing or used twice`]),
    ...(lastNumber === invoices.length
      ? []
      : [`the last number is ${lastNumber}, but there are ${invoices.length} invoices`]),
  ];
}

function checkInvoice(invoice: BookedInvoice, { charged }: Results, lastDay: Day): string[] {
  const { id, amount_minor, currency, status, due_date, issue_date } = invoice;
  const free = amount_minor === 0;
  const paid = charged.has(id);
  const expectedStatus = free || paid ? "paid" : due_date < lastDay ? "overdue" : "pending";
  const rules: [boolean, string][] = [
    [status === expectedStatus, `is ${status}, must be ${expectedStatus}`],
    [due_date === addDays(issue_date, DUE_DAYS), `was issued on ${issue_date} and is due on ${due_date}`],
    [
      issue_date >= invoice.period_start && issue_date <= lastDay,
      `of the period from ${invoice.period_start} was issued on ${issue_date}`,
    ],
    [
      invoice.lines_minor === amount_minor,
      `has an amount of ${amount_minor}, and lines of ${invoice.lines_minor}`,
    ],
    [
      invoice.payments === (paid ? 1 : 0),
      `has ${invoice.payments} succeeded payments, but the bank charged ${paid ? 1 : 0}`,
    ],
    [
      !paid || (invoice.paid_minor === amount_minor && invoice.paid_currency === currency),
      `was paid with a different amount`,
    ],
    [invoice.issued_events === 1, `has ${invoice.issued_events} invoice.issued events`],
    [invoice.paid_events === (paid ? 1 : 0), `has ${invoice.paid_events} invoice.paid events`],
    [
      invoice.overdue_events <= 1 && (status !== "overdue" || invoice.overdue_events === 1),
      `has ${invoice.overdue_events} invoice.overdue events`,
    ],
    [invoice.invoice_mails === (free ? 0 : 1), `was mailed ${invoice.invoice_mails} times`],
    [invoice.receipt_mails === (paid ? 1 : 0), `has ${invoice.receipt_mails} receipts`],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => `invoice ${invoice.sequence} (${id}) ${what}`);
}

function compareSubscriptions(
  booked: Awaited<ReturnType<typeof readSubscriptions>>,
  story: Story,
  { subscriptionIds }: Results,
  lastDay: Day,
): string[] {
  const expected = story.subscriptions.map((subscription) => {
    const end = endDateOf(subscription);
    const expired = end !== null && end <= lastDay;
    const status = subscription.cancelled !== null ? "cancelled" : expired ? "expired" : "active";
    return `subscription ${subscriptionIds[subscription.index]}: ${status} until ${end}`;
  });
  const found = booked.map(({ id, status, end_date }) => `subscription ${id}: ${status} until ${end_date}`);
  return [
    ...without(expected, found).map((each) => `missing or different: ${each}`),
    ...without(found, expected).map((each) => `unexpected: ${each}`),
  ];
}
