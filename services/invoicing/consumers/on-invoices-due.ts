import { consume } from "../../../shared/events/consumer";
import { queueRuns } from "../queries/billing-runs";

/** Records the runs only; a worker carries them out. */
export const onInvoicesDue = consume("billing.invoices_due", (trx, events) =>
  queueRuns(trx, "generate_invoices", events),
);
