import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { timedRuns } from "../queries/timed-runs";

/** A run with its counts, its rate and its estimated finish. @throws BillingError 404 */
export const getBillingRun: ActionHandler<"invoicing.getBillingRun"> = async ({ params, db }) => {
  const run = await timedRuns(db).findById(params.id);
  if (run === undefined) throw notFound("billing run");
  return run;
};
