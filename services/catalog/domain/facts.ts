import type { PayloadOf } from "../../../shared/contracts";

type Fact = PayloadOf<"plan.created">;

/** A plan as other services learn of it. */
export function planFact(plan: Omit<Fact, "archived"> & { archived_at: string | null }): Fact {
  const { id, name, currency, interval, interval_count, trial_days, archived_at } = plan;
  return { id, name, currency, interval, interval_count, trial_days, archived: archived_at !== null };
}
