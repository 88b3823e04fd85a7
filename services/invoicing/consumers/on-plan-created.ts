import { consume } from "../../../shared/events/consumer";
import { upsertPlans } from "../queries/project-catalog";

export const onPlanCreated = consume("plan.created", (trx, events) =>
  upsertPlans(
    trx,
    events.map(({ payload }) => payload),
  ),
);
