import { consume } from "../../../shared/events/consumer";
import { expireSubscriptions } from "../queries/expire-subscriptions";

/** Of several days at once, after an outage, the latest counts: what ended by then has ended. */
export const onDayStarted = consume("billing.day_started", async (trx, events) => {
  const latest = events
    .map(({ payload }) => payload.as_of)
    .sort()
    .at(-1);
  if (latest !== undefined) await expireSubscriptions(trx, latest);
});
