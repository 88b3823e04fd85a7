import { consume } from "../../../shared/events/consumer";
import { upsertPlans } from "../queries/project-plans";

/** Keeps the features of the plan. */
export const onPlanUpdated = consume("plan.updated", upsertPlans);
