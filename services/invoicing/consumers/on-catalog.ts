import { consume } from "../../../shared/events/consumer";
import { insertPrices, upsertPlans } from "../queries/project-catalog";

export const onPlanCreated = consume("plan.created", (trx, events) =>
  upsertPlans(
    trx,
    events.map(({ payload }) => payload),
  ),
);

export const onPlanUpdated = consume("plan.updated", (trx, events) =>
  upsertPlans(
    trx,
    events.map(({ payload }) => payload),
  ),
);

export const onPlanPriceSet = consume("plan.price_set", (trx, events) =>
  insertPrices(
    trx,
    events.map(({ payload }) => payload),
  ),
);
