import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The rules that the books of subscriptions must keep by themselves. */
export const SUBSCRIPTIONS_CHECKS: AuditCheck[] = [
  {
    check: "one_active_subscription",
    says: "no user has two active subscriptions",
    sql: "SELECT user_id AS id FROM subscriptions WHERE status = 'active' GROUP BY user_id HAVING count(*) > 1",
  },
  {
    check: "ended_subscriptions_end",
    says: "every subscription that is cancelled or expired has its last day, and a cancelled one its moment",
    sql: `SELECT id FROM subscriptions
          WHERE (status <> 'active' AND end_date IS NULL) OR (status = 'cancelled') <> (cancelled_at IS NOT NULL)
             OR end_date < start_date`,
  },
];
