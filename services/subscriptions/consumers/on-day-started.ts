import { consume } from "../../../shared/events/consumer";
import { tellBeginnings } from "../queries/entitlements";
import { expireSubscriptions } from "../queries/expire-subscriptions";

/** After an outage several days come at once; the latest covers them all. */
export const onDayStarted = consume("billing.day_started", async (trx, events) => {
  const latest = events
    .map(({ payload }) => payload.as_of)
    .sort()
    .at(-1);
  if (latest === undefined) return;
  await expireSubscriptions(trx, latest);
  await tellBeginnings(trx, latest);
});
