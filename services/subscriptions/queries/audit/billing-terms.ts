import { billingTerms } from "../../../../shared/contracts/subscriptions";
import { comparedFields, type FactSet } from "../../../../shared/service/audit/fact-set";

/** What invoicing must know of each subscription: `billingTerms` of the contract. */
export const BILLING_TERMS: FactSet = {
  sql: `SELECT id, customer_id AS customer, plan_id AS plan, start_date + trial_days AS anchor,
               (interval_count * ('1 ' || "interval")::interval)::text AS step, end_date,
               floor(extract(epoch FROM created_at) * 1000)::bigint AS subscribed_ms,
               coalesce((
                 SELECT string_agg(item || ':' || quantity, ',' ORDER BY item COLLATE "C")
                 FROM subscription_items WHERE subscription_id = subscriptions.id AND upper_inf(days)
               ), '') AS items,
               status = 'cancelled' AS cancelled
        FROM subscriptions`,
  compared: comparedFields(billingTerms, ["cancelled"]),
};
