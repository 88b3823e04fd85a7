import { consume } from "../../../shared/events/consumer";
import { queueRuns } from "../queries/billing-runs";

/** Records the runs only; a worker carries them out. */
export const onOverdueDue = consume("billing.overdue_due", (trx, events) =>
  queueRuns(trx, "mark_overdue", events),
);
