import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** What must always hold in the notifications schema. */
export const NOTIFICATIONS_CHECKS: AuditCheck[] = [
  {
    check: "reminder_runs_end",
    says: "no run of reminders has been queued for more than ten minutes",
    work: true,
    sql: `SELECT id FROM reminder_runs
          WHERE status = 'queued' AND queued_at < now() - interval '10 minutes'`,
  },
  {
    check: "reminders_planned",
    says: "the latest run of reminders of the timetable did not fail",
    sql: `SELECT id FROM (
            SELECT id, status FROM reminder_runs WHERE run_id IS NULL ORDER BY id DESC LIMIT 1
          ) AS latest WHERE status = 'failed'`,
  },
];
