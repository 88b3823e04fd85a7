import type { BillingRun } from "../../../shared/contracts/invoicing";

type Kind = BillingRun["kind"];

interface KindOfRun {
  /** a worker of ours, or the service that the run asks for it */
  carriedOutBy: "invoicing" | "notifications";
  /** whether it issues invoices, which `max_count` and `max_total` can limit */
  issuesInvoices: boolean;
}

/** How the kinds of billing runs differ. */
export const RUN_KINDS: Readonly<Record<Kind, KindOfRun>> = {
  generate_invoices: { carriedOutBy: "invoicing", issuesInvoices: true },
  mark_overdue: { carriedOutBy: "invoicing", issuesInvoices: false },
  send_reminders: { carriedOutBy: "notifications", issuesInvoices: false },
};

/** The kinds of runs that a worker of this service carries out. */
export const OWN_KINDS = (Object.keys(RUN_KINDS) as Kind[]).filter(
  (kind) => RUN_KINDS[kind].carriedOutBy === "invoicing",
);
