import type { ServiceEnv } from "../../../shared/service/service-env";
import { predefinedPlans } from "../domain/predefined-plans";
import { Plan } from "../models/plan";
import { addPlan } from "./add-plan";

/**
 * Creates the predefined plans if there has never been a plan. Of several instances that start together one
 * does it: the others wait for the lock and then find the plans.
 * @throws MoneyError when the default currency is unknown
 */
export async function addPredefinedPlans({ db, config, transaction }: ServiceEnv): Promise<void> {
  if (await hasPlans(db)) return;
  await transaction(async (trx) => {
    await trx.raw("LOCK TABLE plans IN SHARE ROW EXCLUSIVE MODE");
    if (await hasPlans(trx)) return;
    for (const plan of predefinedPlans(config.defaultCurrency)) await addPlan(trx, plan);
  });
}

async function hasPlans(db: ServiceEnv["db"]): Promise<boolean> {
  return (await Plan.query(db).resultSize()) > 0;
}
