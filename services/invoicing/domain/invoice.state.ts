import type { InvoiceStatus } from "../../../shared/contracts/invoicing";
import { stateMachine } from "../../../shared/states";

export const invoiceStates = stateMachine<InvoiceStatus>({
  pending: ["paid", "overdue"],
  overdue: ["paid"],
  paid: [],
});

/** Whether the customer still has to pay. */
const IS_OPEN: Record<InvoiceStatus, boolean> = { pending: true, overdue: true, paid: false };

/** The states in which the customer still has to pay. */
export const OPEN_STATES = (Object.keys(IS_OPEN) as InvoiceStatus[]).filter((status) => IS_OPEN[status]);
