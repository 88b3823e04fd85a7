import { consume } from "../../../shared/events/consumer";
import { insertPrices } from "../queries/project-catalog";

export const onPlanPriceSet = consume("plan.price_set", (trx, events) =>
  insertPrices(
    trx,
    events.map(({ payload }) => payload),
  ),
);
