import type { Plan } from "../../shared/contracts/catalog";

/** A plan without components, for the gateway's tests. */
export const basicPlan = (id: string): Plan => ({
  id,
  name: "Basic",
  product: "default",
  amount_minor: 49_900,
  currency: "usd",
  interval: "month",
  interval_count: 1,
  trial_days: 0,
  description: "",
  features: {},
  components: [],
  metadata: {},
  archived_at: null,
});
