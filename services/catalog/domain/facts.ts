import type { PayloadOf } from "../../../shared/contracts";

/** A plan as other services learn of it. */
export function planFact(plan: Omit<PayloadOf<"plan.created">, "archived"> & { archived_at: string | null }): PayloadOf<"plan.created"> {
  const { id, name, currency, interval, interval_count, trial_days, archived_at } = plan;
  return { id, name, currency, interval, interval_count, trial_days, archived: archived_at !== null };
}
