import { formatAmount } from "../../../shared/money";

/**
 * What a run may issue at most. Amounts are minor units by currency; one that `max_total` does not name may
 * not be issued at all.
 */
export interface RunLimits {
  max_count: number | null;
  max_total: Record<string, number> | null;
}

/** Some invoices: how many, and what they come to in each currency, in minor units. */
export interface Issue {
  count: number;
  total: Record<string, number>;
}

/** A run would issue more than it may; the message says what, and what it has issued. */
export class LimitExceeded extends Error {}

/** Whether there is anything to hold a run to. */
export function isLimited({ max_count, max_total }: RunLimits): boolean {
  return max_count !== null || max_total !== null;
}

/**
 * What would be too much, in words: `12 invoices, more than max_count 10`.
 * @returns null when everything is within the limits
 */
export function beyondLimits({ max_count, max_total }: RunLimits, { count, total }: Issue): string | null {
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

/** Both together. */
export function addIssues(one: Issue, other: Issue): Issue {
  const total = { ...one.total };
  for (const [currency, amount] of Object.entries(other.total))
    total[currency] = (total[currency] ?? 0) + amount;
  return { count: one.count + other.count, total };
}

function shown(amountMinor: number, currency: string): string {
  return `${formatAmount(amountMinor, currency)} ${currency}`;
}
