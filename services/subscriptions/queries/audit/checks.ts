import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The checks of the subscriptions table. */
export const SUBSCRIPTIONS_CHECKS: AuditCheck[] = [
  {
    check: "closed_customers_end",
    says: "no closed customer has an active subscription",
    work: true,
    sql: `SELECT subscriptions.id FROM subscriptions JOIN customers ON customers.id = customer_id
          WHERE status = 'active' AND closed_at IS NOT NULL`,
  },
  {
    check: "one_active_subscription",
    says: "no customer has two active subscriptions to one product",
    sql: `SELECT DISTINCT customer_id AS id FROM subscriptions WHERE status = 'active'
          GROUP BY customer_id, product HAVING count(*) > 1`,
  },
  {
    check: "ended_subscriptions_end",
    says: "a subscription that has ended has an end_date, and a cancelled one has cancelled_at",
    sql: `SELECT id FROM subscriptions
          WHERE (status <> 'active' AND end_date IS NULL)
             OR (status = 'cancelled') <> (cancelled_at IS NOT NULL)
             OR end_date < start_date`,
  },
];
