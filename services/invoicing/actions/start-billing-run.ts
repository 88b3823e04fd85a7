import { invalid } from "../../../shared/broker/errors";
import type { ActionHandler } from "../../../shared/broker/service-env";
import { compareDates } from "../../../shared/time";
import { appendEvents } from "../../../shared/events/outbox";
import { BILLING_RUN_COLUMNS, BillingRun } from "../models/billing-run";

/**
 * Records a run and answers at once; a worker carries it out. Reminders are notifications' work: the run asks for them and is
 * done when notifications says so.
 * @throws BillingError 400 when `as_of` lies after today (business date)
 */
export const startBillingRun: ActionHandler<"invoicing.startBillingRun"> = async ({ params, clock, transaction }) => {
  const today = await clock.today();
  const as_of = params.as_of ?? today;
  if (compareDates(as_of, today) > 0) throw invalid({ field: "as_of", message: `must not be after today, ${today}` });
  const asksOthers = params.kind === "send_reminders";
  return transaction(async (trx) => {
    const run = await BillingRun.query(trx)
      .insert({ kind: params.kind, as_of, ...(asksOthers ? { status: "running" as const } : {}) })
      .returning([...BILLING_RUN_COLUMNS]);
    if (asksOthers) {
      await appendEvents<"invoicing">(trx, [
        { type: "billing_run.reminders_requested", subject_id: run.id, payload: { run_id: run.id, as_of } },
      ]);
    }
    return run;
  });
};
