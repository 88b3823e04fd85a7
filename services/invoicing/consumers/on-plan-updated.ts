import { consume } from "../../../shared/events/consumer";
import { upsertPlans } from "../queries/project-catalog";

export const onPlanUpdated = consume("plan.updated", (trx, events) =>
  upsertPlans(
    trx,
    events.map(({ payload }) => payload),
  ),
);
