import type { BillingRun } from "../../../shared/contracts/invoicing";
import { addDays, type IsoDate } from "../../../shared/time";

type Kind = BillingRun["kind"];

/** The calendar begins in 1970, and runs look back as far as reminders go. */
const EARLIEST_DAY = "1970-04-01";

export interface KindOfRun {
  /** a worker of ours, or the service that the run asks for it */
  carriedOutBy: "invoicing" | "notifications";
  /** whether it issues invoices, which `max_count` and `max_total` can limit */
  issuesInvoices: boolean;
  /** how long ago its day may be; undefined: as long as there are days */
  daysAgo?: number;
}

/** How the kinds of billing runs differ. */
export const RUN_KINDS: Readonly<Record<Kind, KindOfRun>> = {
  generate_invoices: { carriedOutBy: "invoicing", issuesInvoices: true },
  mark_overdue: { carriedOutBy: "invoicing", issuesInvoices: false },
  send_reminders: { carriedOutBy: "notifications", issuesInvoices: false, daysAgo: 366 },
};

/** The kinds of runs that a service carries out, and ends. */
export function kindsOf(service: KindOfRun["carriedOutBy"]): Kind[] {
  return (Object.keys(RUN_KINDS) as Kind[]).filter((kind) => RUN_KINDS[kind].carriedOutBy === service);
}

/** Why a run cannot be for a day; undefined when it can. @param today the business date */
export function whyNotAsOf(asOf: IsoDate, today: IsoDate, kind: Kind): string | undefined {
  if (asOf > today) return `must not be after today, ${today}`;
  const { daysAgo } = RUN_KINDS[kind];
  if (asOf < EARLIEST_DAY) return `must not be before ${EARLIEST_DAY}`;
  if (daysAgo === undefined || asOf >= addDays(today, -daysAgo)) return undefined;
  return `must not be more than ${daysAgo} days before today, ${today}`;
}
