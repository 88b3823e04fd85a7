import type { Invoice } from "../../../shared/contracts/invoicing";
import { formatAmount } from "../../../shared/money";
import { unknownCase } from "../../../shared/states";
import { ALWAYS } from "../../../shared/time";

/** What a line is explained from; amounts in minor units. */
interface ExplainedLine {
  description: string;
  quantity: number;
  unit_amount_minor: number;
  amount_minor: number;
  /** none for a one-off charge */
  price_from?: string;
}

/** What an invoice is explained from. */
export interface ExplainedInvoice {
  invoice: Invoice;
  plan_name: string | null;
  period_index: number;
  anchor: string | null;
  /** a Postgres interval, like `1 mon` */
  step: string | null;
  lines: readonly ExplainedLine[];
  payment_id: string | null;
  issued_by: "timetable" | "staff" | "subscription";
  run_id: string | null;
  run_event_id: string | null;
}

/**
 * Explains in sentences why an invoice exists: its period, its price, what issued it, and its state since.
 */
export function explain(explained: ExplainedInvoice): string[] {
  return [
    describePeriod(explained),
    describeDays(explained),
    describePrice(explained),
    describeIssue(explained),
    describeState(explained),
  ];
}

function describePeriod({ invoice, plan_name, period_index }: ExplainedInvoice): string {
  const { number, subscription, plan, period_start, period_end } = invoice;
  return (
    `${number} bills period ${period_index} (the first is 0) of subscription ${subscription} ` +
    `to ${plan_name ?? `plan ${plan}`}: from ${period_start} up to, not including, ${period_end}.`
  );
}

function describeDays({ invoice, anchor, step, period_index }: ExplainedInvoice): string {
  if (anchor === null || step === null) {
    return "Billing no longer knows the subscription; the audit reports this.";
  }
  const length = step.replaceAll(/\bmon(s?)\b/g, "month$1");
  const sum = (n: number, day: string) =>
    `${anchor} + ${n} × ${length} = ${day}${clampedNote(anchor, step, day)}`;
  return (
    `Periods are counted from ${anchor}, the subscription's first day after any trial: ` +
    `this one starts on ${sum(period_index, invoice.period_start)}, ` +
    `the next one on ${sum(period_index + 1, invoice.period_end)}.`
  );
}

/** Only steps of months and years meet a month that is too short. */
function clampedNote(anchor: string, step: string, day: string): string {
  const shorter = /mon|year/.test(step) && day.slice(8) < anchor.slice(8);
  return shorter ? " (that month has no later day)" : "";
}

function describePrice({ invoice, lines }: ExplainedInvoice): string {
  const { amount_minor, currency } = invoice;
  const total = `${formatAmount(amount_minor, currency)} ${currency}`;
  const [only, ...others] = lines;
  if (only !== undefined && others.length === 0 && only.quantity === 1 && only.price_from !== undefined) {
    return (
      `The price is ${total}, in force since ${since(only)}. It was the latest price when the period ` +
      "started, or when the customer subscribed if that was later."
    );
  }
  const sums = lines.map((line) => {
    const why = line.price_from === undefined ? "charged once" : `in force since ${since(line)}`;
    return `${describeLine(line, currency)} (${why})`;
  });
  return (
    `The total is ${total}: ${sums.join(" + ")}. Each price was the latest when the period started, ` +
    "or when the customer subscribed if that was later."
  );
}

function describeLine(
  { description, quantity, unit_amount_minor, amount_minor }: ExplainedLine,
  currency: string,
) {
  const amount = formatAmount(amount_minor, currency);
  if (quantity === 1) return `${description} ${amount}`;
  return `${description} ${quantity} × ${formatAmount(unit_amount_minor, currency)} = ${amount}`;
}

/** Since when a price is in force. The catalog gives a plan's first prices a date of their own. */
function since({ price_from }: ExplainedLine): string {
  return price_from === undefined || price_from === ALWAYS ? "the plan was created" : price_from;
}

function describeIssue({ invoice, issued_by, run_id, run_event_id }: ExplainedInvoice): string {
  const { issue_date } = invoice;
  switch (issued_by) {
    case "subscription":
      return `It was issued on ${issue_date}, at once, because the subscription was new.`;
    case "timetable":
      return (
        `It was issued as of ${issue_date} by billing run ${String(run_id)}, ` +
        `which the timetable requested by event ${String(run_event_id)}.`
      );
    case "staff":
      return (
        `It was issued as of ${issue_date} by billing run ${String(run_id)}, ` +
        "which a staff member started."
      );
    default:
      return unknownCase(issued_by);
  }
}

function describeState({ invoice, payment_id }: ExplainedInvoice): string {
  const { status, amount_minor, paid_at, due_date } = invoice;
  switch (status) {
    case "pending":
      return `It is due on ${due_date}.`;
    case "overdue":
      return `It was due on ${due_date} and is overdue.`;
    case "paid":
      return amount_minor === 0
        ? "There is nothing to pay, so it was issued as paid."
        : `It was paid at ${String(paid_at)} by payment ${String(payment_id)}.`;
    default:
      return unknownCase(status);
  }
}
