import type { ActionHandler } from "../../../shared/service/service-env";
import { addPlan } from "../queries/add-plan";
import { withWarnings } from "../warnings";
import { requireChargeable, refuseTakenName } from "../refusals";

/** Creates a plan, in the default currency if none is given. @throws BillingError 400 */
export const createPlan: ActionHandler<"catalog.createPlan"> = async (env) => {
  const { params, config, transaction } = env;
  const currency = params.currency ?? config.defaultCurrency;
  requireChargeable(params.amount_minor, currency);
  for (const { amount_minor } of params.components) requireChargeable(amount_minor, currency, "components");
  const plan = await transaction((trx) => addPlan(trx, { ...params, currency })).catch(refuseTakenName);
  return withWarnings(env, plan);
};
