import type { ChangedPlan } from "../../shared/contracts/catalog";
import type { ServiceEnv } from "../../shared/service/service-env";
import type { PricedPlan } from "./models/plan";
import { viewChangedPlan } from "./models/plan-view";

/** A plan that was created or changed, as the contract shows it; its warnings are logged too. */
export function withWarnings({ log }: Pick<ServiceEnv, "log">, plan: PricedPlan): ChangedPlan {
  const changed = viewChangedPlan(plan);
  for (const warning of changed.warnings) log.warn({ plan_id: plan.id, plan: plan.name }, warning);
  return changed;
}
