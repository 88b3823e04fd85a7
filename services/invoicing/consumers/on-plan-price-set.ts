import { consume } from "../../../shared/events/consumer";
import type { ServiceEnv } from "../../../shared/service/service-env";
import { insertPrices } from "../queries/project-catalog";

export const onPlanPriceSet = consume("plan.price_set", (trx, events, { config }: ServiceEnv) =>
  insertPrices(
    trx,
    events.map(({ payload }) => payload),
    config.billingTimezone,
  ),
);
