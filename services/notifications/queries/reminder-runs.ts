import type { Knex } from "../../../shared/db/open-database";
import { reminderRunStates } from "../domain/reminder-run.state";

export interface ReminderRun {
  id: string;
  as_of: string;
  run_id: string | null;
  /** the last invoice that was planned */
  planned_after: string | null;
}

/**
 * Queues the timetable's run for a day. It replaces an earlier day's run that is still queued: after an
 * outage customers get only the latest reminder.
 */
export async function queueDailyRun(trx: Knex.Transaction, asOf: string): Promise<void> {
  await trx.raw("DELETE FROM reminder_runs WHERE run_id IS NULL AND status = 'queued' AND as_of <= ?", [
    asOf,
  ]);
  await trx.raw("INSERT INTO reminder_runs (as_of) VALUES (?)", [asOf]);
}

/** Queues the runs that staff started. */
export async function queueRequestedRuns(
  trx: Knex.Transaction,
  requests: { run_id: string; as_of: string }[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO reminder_runs (run_id, as_of)
     SELECT run_id, as_of FROM jsonb_to_recordset(?::jsonb) AS request(run_id uuid, as_of date)
     ON CONFLICT (run_id) DO NOTHING`,
    [JSON.stringify(requests)],
  );
}

/** The run that has been queued longest; those that had to wait for another service come last. */
export async function nextRun(db: Knex): Promise<ReminderRun | undefined> {
  const { rows } = await db.raw<{ rows: ReminderRun[] }>(
    `SELECT id, as_of, run_id, planned_after FROM reminder_runs WHERE status = 'queued'
     ORDER BY postponed_at NULLS FIRST, id LIMIT 1`,
  );
  return rows[0];
}

/**
 * Records that a page of the run's invoices is being planned. The last page ends the run.
 * @param plannedAfter the id of the page's last invoice, undefined for the last page
 * @returns false when another instance was faster, or the run was deleted
 */
export async function advanceRun(
  trx: Knex.Transaction,
  run: ReminderRun,
  plannedAfter: string | undefined,
): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `UPDATE reminder_runs
     SET planned_after = coalesce(cast(:plannedAfter AS uuid), planned_after),
       status = CASE WHEN cast(:plannedAfter AS uuid) IS NULL THEN 'done' ELSE 'queued' END
     WHERE id = :id AND status = ANY(:unfinished)
       AND planned_after IS NOT DISTINCT FROM cast(:before AS uuid)`,
    {
      id: run.id,
      before: run.planned_after,
      plannedAfter: plannedAfter ?? null,
      unfinished: reminderRunStates.before("done"),
    },
  );
  return rowCount === 1;
}

/** Adds to the run's count of reminders; gives the new count. */
export async function countReminded(
  trx: Knex.Transaction,
  run: ReminderRun,
  queued: number,
): Promise<number> {
  const { rows } = await trx.raw<{ rows: [{ reminded: number }] }>(
    "UPDATE reminder_runs SET reminded = reminded + ? WHERE id = ? RETURNING reminded",
    [queued, run.id],
  );
  return rows[0].reminded;
}

/** Lets the other runs go first. */
export async function postponeRun(db: Knex, run: ReminderRun): Promise<void> {
  await db.raw("UPDATE reminder_runs SET postponed_at = clock_timestamp() WHERE id = ?", [run.id]);
}

/** Ends a run that cannot go on. @returns false when it has ended already */
export async function failRun(trx: Knex.Transaction, run: ReminderRun, error: string): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    "UPDATE reminder_runs SET status = 'failed', error = ? WHERE id = ? AND status = ANY(?)",
    [error, run.id, reminderRunStates.before("failed")],
  );
  return rowCount === 1;
}
