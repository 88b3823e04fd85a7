import { consume } from "../../../shared/events/consumer";
import { insertComponents, upsertPlans } from "../queries/project-catalog";

export const onPlanCreated = consume("plan.created", async (trx, events) => {
  const plans = events.map(({ payload }) => payload);
  await upsertPlans(trx, plans);
  await insertComponents(trx, plans);
});
