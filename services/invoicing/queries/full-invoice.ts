import { view } from "../../../shared/contracts/fields";
import { fullInvoice, invoiceLine, type FullInvoice } from "../../../shared/contracts/invoicing";
import { addDays, displayDate } from "../../../shared/time";
import type { ShownInvoice, StoredLine } from "../models/invoice";

/** An invoice with all that stands on it, as the contract shows it. */
export function showFullInvoice(invoice: ShownInvoice): FullInvoice {
  return view(fullInvoice, invoice, { lines: invoice.lines.map((line) => showLine(line, invoice)) });
}

function showLine(line: StoredLine, { period_start, period_end }: ShownInvoice) {
  const { item = null, charge = null } = line;
  const others = { item, charge, discount_minor: 0 };
  if (item === null) return view(invoiceLine, line, { ...others, period_start: null, period_end: null });
  const days = `${displayDate(period_start)} to ${displayDate(addDays(period_end, -1))}`;
  const description = `${line.description}, ${days}`;
  return view(invoiceLine, line, { ...others, description, period_start, period_end });
}
