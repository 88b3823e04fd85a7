import type { Subscription as Result } from "../../../shared/contracts/subscriptions";
import type { IsoDate } from "../../../shared/time";
import { currentPeriod } from "../domain/current-period";
import type { Subscription } from "./subscription";

/** A subscription as the contract gives it on a day in the billing zone. */
export function toResult(subscription: Subscription, today: IsoDate): Result {
  const { id, user_id, plan_id, status, start_date, end_date, cancelled_at, created_at } = subscription;
  const current = currentPeriod(subscription, today);
  return {
    id,
    user_id,
    plan_id,
    status,
    start_date,
    end_date,
    cancelled_at,
    current_period_start: current?.start ?? null,
    current_period_end: current?.end ?? null,
    created_at,
  };
}
