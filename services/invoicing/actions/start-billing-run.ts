import { invalid, notFound, type FieldError } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { recordChanges } from "../../../shared/events/audit-log";
import { appendEvents } from "../../../shared/events/outbox";
import { RUN_KINDS, whyNotAsOf } from "../domain/billing-run.kind";
import { BillingRun } from "../models/billing-run";
import { timedRuns } from "../queries/timed-runs";

/**
 * Records a run and answers at once; a worker carries it out. Reminders are sent by notifications: the run
 * asks for them, and is done when notifications has queued them.
 * @throws BillingError 400 when `as_of` lies after today (business date) or too long ago, or limits are given
 *   to a run that issues no invoices
 */
export const startBillingRun: ActionHandler<"invoicing.startBillingRun"> = async ({
  params,
  clock,
  transaction,
}) => {
  const { kind, max_count = null, max_total = null } = params;
  const { carriedOutBy, issuesInvoices } = RUN_KINDS[kind];
  const today = await clock.today();
  const as_of = params.as_of ?? today;
  const wrongDay = whyNotAsOf(as_of, today, kind);
  if (wrongDay !== undefined) throw invalid({ field: "as_of", message: wrongDay });
  const [misplaced, ...others] = issuesInvoices ? [] : limitsAmong(params);
  if (misplaced !== undefined) throw invalid(misplaced, ...others);
  const asksOthers = carriedOutBy !== "invoicing";
  return transaction(async (trx) => {
    const { id } = await BillingRun.query(trx)
      .insert({ kind, as_of, max_count, max_total, ...(asksOthers ? { status: "running" as const } : {}) })
      .returning("id");
    const details = { kind, as_of, max_count, max_total };
    await recordChanges(trx, [{ action: "billing_run.requested", object: id, details }]);
    if (asksOthers) {
      await appendEvents<"invoicing">(trx, [
        { type: "billing_run.reminders_requested", subject_id: id, payload: { run_id: id, as_of } },
      ]);
    }
    const run = await timedRuns(trx).findById(id);
    if (run === undefined) throw notFound("billing run");
    return run;
  });
};

function limitsAmong(params: object): FieldError[] {
  return ["max_count", "max_total"]
    .filter((field) => field in params)
    .map((field) => ({ field, message: "is for runs of kind generate_invoices" }));
}
