import type { Invoice } from "../../../shared/contracts/invoicing";
import { formatAmount } from "../../../shared/money";
import { unknownCase } from "../../../shared/states";

/** What is to be put into words. */
export interface Story {
  invoice: Invoice;
  plan: string | null;
  period_index: number;
  anchor: string | null;
  /** a Postgres interval, like `1 mon` */
  step: string | null;
  price_effective_from: string;
  payment_id: string | null;
  issued_by: "timetable" | "staff" | "subscription";
  run_id: string | null;
  run_event_id: string | null;
}

/** The catalog gives a plan's first price this date, so that every period has a price. */
const SINCE_EVER = "1970-01-01T00:00:00Z";

/**
 * Why an invoice exists and is what it is, in sentences: period, price, who issued it, and what became of it.
 */
export function inWords(story: Story): string[] {
  return [whichPeriod(story), ...whichDays(story), whichPrice(story), whoIssued(story), whatBecame(story)];
}

function whichPeriod({ invoice, plan, period_index }: Story): string {
  const { number, subscription_id, plan_id, period_start, period_end } = invoice;
  const what = plan === null ? `plan ${plan_id}` : plan;
  return (
    `${number} is for period ${period_index} (the first is 0) of subscription ${subscription_id} to ${what}: ` +
    `${period_start} up to, not including, ${period_end}.`
  );
}

function whichDays({ invoice, anchor, step, period_index }: Story): string[] {
  if (anchor === null || step === null) {
    return ["Billing does not know the subscription any more, which an audit reports."];
  }
  const length = step.replaceAll(/\bmon(s?)\b/g, "month$1");
  const sum = (n: number, day: string) =>
    `${anchor} + ${n} × ${length} = ${day}${clampedNote(anchor, step, day)}`;
  return [
    `Periods are counted from ${anchor}, the subscription's first day after any trial: this one starts on ` +
      `${sum(period_index, invoice.period_start)}, and the next on ${sum(period_index + 1, invoice.period_end)}.`,
  ];
}

/** Only steps of months and years meet a month that is too short. */
function clampedNote(anchor: string, step: string, day: string): string {
  const shorter = /mon|year/.test(step) && day.slice(8) < anchor.slice(8);
  return shorter ? " (that month has no later day)" : "";
}

function whichPrice({ invoice, price_effective_from }: Story): string {
  const since = price_effective_from === SINCE_EVER ? "the plan was made" : price_effective_from;
  const price = `${formatAmount(invoice.amount_minor, invoice.currency)} ${invoice.currency}`;
  return (
    `The price is ${price}, in force since ${since}: the latest one when the period started, ` +
    "or when the customer subscribed if that was later."
  );
}

function whoIssued({ invoice, issued_by, run_id, run_event_id }: Story): string {
  const issued = `It was issued as of ${invoice.issue_date}`;
  if (issued_by === "subscription") return `${issued}, at once, because the subscription was new.`;
  const asker =
    issued_by === "timetable"
      ? `the timetable's event ${String(run_event_id)} asked for`
      : "somebody of the staff started";
  return `${issued} by billing run ${String(run_id)}, which ${asker}.`;
}

function whatBecame({ invoice, payment_id }: Story): string {
  const { status, amount_minor, paid_at, due_date } = invoice;
  switch (status) {
    case "pending":
      return `It is to be paid by ${due_date}.`;
    case "overdue":
      return `It was to be paid by ${due_date} and is overdue.`;
    case "paid":
      return amount_minor === 0
        ? "There is nothing to pay, so that it was paid from the start."
        : `It was paid at ${String(paid_at)} by payment ${String(payment_id)}.`;
    default:
      return unknownCase(status);
  }
}
