import type { PayloadOf } from "../../../shared/contracts";

type Fact = PayloadOf<"subscription.created">;

/** A new subscription as other services learn of it. */
export function subscriptionFact(subscription: Omit<Fact, "subscribed_at"> & { created_at: string }): Fact {
  const { id, user_id, plan_id, currency, interval, interval_count, trial_days } = subscription;
  const { start_date, end_date, created_at, created_on } = subscription;
  return {
    id,
    user_id,
    plan_id,
    currency,
    interval,
    interval_count,
    trial_days,
    start_date,
    end_date,
    subscribed_at: created_at,
    created_on,
  };
}
