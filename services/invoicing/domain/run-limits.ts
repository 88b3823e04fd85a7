import { formatAmount } from "../../../shared/money";

/** What a run may issue at most. Amounts are minor units by currency. */
interface RunLimits {
  max_count: number | null;
  max_total: Record<string, number> | null;
}

/** Some invoices: their number, and their total in each currency, in minor units. */
export interface InvoiceTotals {
  count: number;
  total: Record<string, number>;
}

/** A run would issue more than it may. The message says what, and what it has issued so far. */
export class LimitExceeded extends Error {}

/** Whether a run has any limit. */
export function isLimited({ max_count, max_total }: RunLimits): boolean {
  return max_count !== null || max_total !== null;
}

/**
 * What is beyond the limits: `12 invoices, more than max_count 10`.
 * @returns null when everything is within the limits
 */
export function beyondLimits(
  { max_count, max_total }: RunLimits,
  { count, total }: InvoiceTotals,
): string | null {
  const excesses =
    max_count !== null && count > max_count ? [`${count} invoices, more than max_count ${max_count}`] : [];
  if (max_total !== null) {
    for (const [currency, amount] of Object.entries(total)) {
      const most = max_total[currency];
      if (most === undefined && amount > 0)
        excesses.push(`${shown(amount, currency)}, a currency that max_total does not name`);
      if (most !== undefined && amount > most)
        excesses.push(`${shown(amount, currency)}, more than max_total ${shown(most, currency)}`);
    }
  }
  return excesses.length === 0 ? null : excesses.join("; ");
}

/** The sum of both. */
export function addTotals(one: InvoiceTotals, other: InvoiceTotals): InvoiceTotals {
  const total = { ...one.total };
  for (const [currency, amount] of Object.entries(other.total))
    total[currency] = (total[currency] ?? 0) + amount;
  return { count: one.count + other.count, total };
}

function shown(amountMinor: number, currency: string): string {
  return `${formatAmount(amountMinor, currency)} ${currency}`;
}
