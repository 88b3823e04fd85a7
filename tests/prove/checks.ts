import type { Knex } from "../../shared/db/open-database";
import { readCounter, readForbidden, readInvoices, readSubscriptions, type BookedInvoice } from "./books";
import { addDays, dayOf, type Day } from "./calendar";
import type { Record } from "./deeds";
import { endDateOf, expectedInvoices } from "./model";
import type { Story } from "./story";

const DUE_DAYS = 7;

/** Compares the books with the model; every finding is a sentence, and none is how it must be. */
export async function checkBooks(db: Knex, story: Story, record: Record): Promise<string[]> {
  const lastDay = dayOf(story.lastMoment);
  const invoices = await readInvoices(db);
  return [
    ...comparePeriods(invoices, story, record, lastDay),
    ...checkNumbers(invoices, await readCounter(db)),
    ...invoices.flatMap((invoice) => checkInvoice(invoice, record, lastDay)),
    ...compareSubscriptions(await readSubscriptions(db), story, record, lastDay),
    ...(await readForbidden(db)),
  ];
}

/** Exactly the periods that the model has, at exactly its amounts. */
function comparePeriods(invoices: BookedInvoice[], story: Story, record: Record, lastDay: Day): string[] {
  const expected = expectedInvoices(story, lastDay).map(
    ({ life, periodStart, periodEnd, amount, currency }) =>
      `${life} ${record.subscriptions[life]}: ${periodStart} to ${periodEnd}, ${amount} ${currency}`,
  );
  const lifeOf = new Map([...record.subscriptions.entries()].map(([life, id]) => [id, life]));
  const booked = invoices.map(
    ({ subscription_id: id, period_start, period_end, amount_minor, currency }) =>
      `${lifeOf.get(id) ?? "?"} ${id}: ${period_start} to ${period_end}, ${amount_minor} ${currency}`,
  );
  return [
    ...without(expected, booked).map((each) => `missing invoice, or not like this: ${each}`),
    ...without(booked, expected).map((each) => `invoice that must not be: ${each}`),
  ];
}

/** What is left of a list when each of another is taken out once. */
function without(list: string[], other: string[]): string[] {
  const left = new Map<string, number>();
  for (const each of other) left.set(each, (left.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const times = left.get(each) ?? 0;
    left.set(each, times - 1);
    return times <= 0;
  });
}

function checkNumbers(invoices: BookedInvoice[], counter: number): string[] {
  const gap = invoices.find(({ sequence }, index) => sequence !== index + 1);
  return [
    ...(gap === undefined ? [] : [`numbers have a gap or a double before ${gap.sequence}`]),
    ...(counter === invoices.length
      ? []
      : [`the counter says ${counter}, there are ${invoices.length} invoices`]),
  ];
}

function checkInvoice(invoice: BookedInvoice, { charged }: Record, lastDay: Day): string[] {
  const { id, amount_minor, currency, status, due_date, issue_date } = invoice;
  const free = amount_minor === 0;
  const wasCharged = charged.has(id);
  const late = due_date < lastDay;
  const expectedStatus = free || wasCharged ? "paid" : late ? "overdue" : "pending";
  const rules: [boolean, string][] = [
    [status === expectedStatus, `is ${status}, must be ${expectedStatus}`],
    [due_date === addDays(issue_date, DUE_DAYS), `of ${issue_date} is due on ${due_date}`],
    [
      issue_date >= invoice.period_start && issue_date <= lastDay,
      `of the period from ${invoice.period_start} was issued on ${issue_date}`,
    ],
    [invoice.lines_minor === amount_minor, `is over ${amount_minor}, its lines over ${invoice.lines_minor}`],
    [
      invoice.payments === (wasCharged ? 1 : 0),
      `has ${invoice.payments} succeeded payments, the bank took ${wasCharged ? 1 : 0}`,
    ],
    [
      !wasCharged || (invoice.paid_minor === amount_minor && invoice.paid_currency === currency),
      `was paid with another amount`,
    ],
    [invoice.told_issued === 1, `was told to be issued ${invoice.told_issued} times`],
    [invoice.told_paid === (wasCharged ? 1 : 0), `was told to be paid ${invoice.told_paid} times`],
    [
      invoice.told_overdue <= 1 && (status !== "overdue" || invoice.told_overdue === 1),
      `was told to be overdue ${invoice.told_overdue} times`,
    ],
    [invoice.mailed_invoice === (free ? 0 : 1), `was sent ${invoice.mailed_invoice} times`],
    [invoice.mailed_receipt === (wasCharged ? 1 : 0), `has ${invoice.mailed_receipt} receipts`],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => `invoice ${invoice.sequence} (${id}) ${what}`);
}

function compareSubscriptions(
  booked: Awaited<ReturnType<typeof readSubscriptions>>,
  story: Story,
  record: Record,
  lastDay: Day,
): string[] {
  const expected = story.lives.map((life) => {
    const end = endDateOf(life);
    const status =
      life.cancelled !== null ? "cancelled" : end !== null && end <= lastDay ? "expired" : "active";
    return `subscription ${record.subscriptions[life.index]}: ${status} until ${end}`;
  });
  const found = booked.map(({ id, status, end_date }) => `subscription ${id}: ${status} until ${end_date}`);
  return [
    ...without(expected, found).map((each) => `missing or not like this: ${each}`),
    ...without(found, expected).map((each) => `must not be: ${each}`),
  ];
}
