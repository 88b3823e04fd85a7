import { consume } from "../../../shared/events/consumer";
import { upsertPlans } from "../queries/project-plans";

/** Keeps the features of the plan. */
export const onPlanCreated = consume("plan.created", upsertPlans);
