import type { ActionHandler } from "../../../shared/service/service-env";
import { addPlan } from "../queries/add-plan";
import { viewPlan } from "../models/plan-view";
import { requireChargeable, refuseTakenName } from "../refusals";

/** Creates a plan, in the default currency if none is given. @throws BillingError 400 */
export const createPlan: ActionHandler<"catalog.createPlan"> = async ({ params, config, transaction }) => {
  const currency = params.currency ?? config.defaultCurrency;
  requireChargeable(params.amount_minor, currency);
  return viewPlan(await transaction((trx) => addPlan(trx, { ...params, currency })).catch(refuseTakenName));
};
