import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The checks of the periods: each one that is due is billed exactly once, and no two overlap. */
export const PERIOD_CHECKS: AuditCheck[] = [
  {
    check: "periods_billed_once",
    says: "each subscription has one invoice for each of its periods 0, 1, 2, … before the next to bill",
    sql: `SELECT subscription_id AS id
          FROM billables FULL JOIN (
            SELECT subscription_id, count(*) AS periods, bool_and(period_index = position - 1) AS in_order
            FROM (
              SELECT subscription_id, period_index,
                     row_number() OVER (PARTITION BY subscription_id ORDER BY period_index) AS position
              FROM invoices
            ) AS invoice GROUP BY subscription_id
          ) AS billed USING (subscription_id)
          WHERE next_index IS DISTINCT FROM coalesce(periods, 0) OR NOT in_order`,
  },
  {
    check: "periods_from_anchor",
    says: "period n is from anchor + n steps up to anchor + (n + 1) steps",
    sql: `SELECT id FROM invoices JOIN billables USING (subscription_id)
          WHERE period_start <> (billables.anchor + period_index * billables.step)::date
             OR period_end <> (billables.anchor + (period_index + 1) * billables.step)::date`,
  },
  {
    check: "periods_do_not_overlap",
    says: "no day of a subscription is billed twice",
    sql: `SELECT id
          FROM (
            SELECT id, period_start < lag(period_end) OVER of_one AS doubled FROM invoices
            WINDOW of_one AS (PARTITION BY subscription_id ORDER BY period_start, period_index)
          ) AS invoice WHERE doubled`,
  },
  {
    check: "next_periods_known",
    says: "the next period to bill is the one after the last billed, until the subscription's end",
    sql: `SELECT subscription_id AS id
          FROM billables, LATERAL (SELECT (anchor + next_index * step)::date AS start) AS following
          WHERE next_start IS DISTINCT FROM
                CASE WHEN end_date IS NULL OR following.start < end_date THEN following.start END`,
  },
  {
    check: "due_periods_billed",
    says: "everything that was due by the day of the latest finished run is billed",
    work: true,
    sql: `SELECT subscription_id AS id FROM billables
          WHERE parked_error IS NULL AND next_start <= (
            SELECT max(as_of) FROM billing_runs WHERE kind = 'generate_invoices' AND status = 'done'
          )`,
  },
  {
    check: "nothing_parked",
    says: "no subscription is parked because it could not be billed",
    sql: "SELECT subscription_id AS id FROM billables WHERE parked_error IS NOT NULL",
  },
  {
    check: "runs_finish",
    says: "no billing run has been queued or stuck for more than five minutes",
    work: true,
    sql: `SELECT id FROM billing_runs
          WHERE status IN ('queued', 'running')
            AND greatest(created_at, heartbeat_at) < now() - interval '5 minutes'`,
  },
];
