import { notFound } from "../../../shared/broker/errors";
import type { ActionHandler } from "../../../shared/broker/service-env";
import { BILLING_RUN_COLUMNS, BillingRun } from "../models/billing-run";

/** A run and how far it has got. @throws BillingError 404 */
export const getBillingRun: ActionHandler<"invoicing.getBillingRun"> = async ({ params, db }) => {
  const run = await BillingRun.query(db).findById(params.id).select(...BILLING_RUN_COLUMNS);
  if (run === undefined) throw notFound("billing run");
  return run;
};
