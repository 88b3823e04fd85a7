import type { InvoiceStatus } from "../../../shared/contracts/invoicing";

/** Which states an invoice may go to from each; `paid` is final: a late failure never reverts it. */
export const TRANSITIONS = {
  pending: ["paid", "overdue"],
  overdue: ["paid"],
  paid: [],
} as const satisfies Record<InvoiceStatus, readonly InvoiceStatus[]>;

/** The states from which an invoice may become `to`: the guard of every compare-and-set. */
export function statesBefore(to: InvoiceStatus): InvoiceStatus[] {
  return (Object.keys(TRANSITIONS) as InvoiceStatus[]).filter((from) =>
    (TRANSITIONS[from] as readonly InvoiceStatus[]).includes(to),
  );
}
