import { consume } from "../../../shared/events/consumer";
import { queueRuns } from "../queries/billing-runs";

/** The runs themselves are a worker's: here they are only written down, together with the cursor. */
export const onInvoicesDue = consume("billing.invoices_due", (trx, events) =>
  queueRuns(trx, "generate_invoices", events),
);

export const onOverdueDue = consume("billing.overdue_due", (trx, events) =>
  queueRuns(trx, "mark_overdue", events),
);
