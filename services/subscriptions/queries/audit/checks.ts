import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The checks of the subscriptions table. */
export const SUBSCRIPTIONS_CHECKS: AuditCheck[] = [
  {
    check: "one_active_subscription",
    says: "no user has two active subscriptions",
    sql: `SELECT user_id AS id FROM subscriptions WHERE status = 'active'
          GROUP BY user_id HAVING count(*) > 1`,
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
